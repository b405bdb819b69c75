//! The page kit: one function for each part that pages are put together from.
//!
//! Promises: parts carry their own names, states and relations for assistive technology; whatever text they are
//! given is escaped; none needs a script. Leaves out: what any page is about.

mod badges;
mod buttons;
mod dialogs;
mod forms;
mod frame;
mod head;
mod icons;
mod light;
mod lists;
mod notices;
mod progress;
mod side;
mod tables;
mod ways;
mod words;

pub use badges::{Tone, badge, class_badge, open_badge};
pub use buttons::{Look, button, link_button, post_button};
pub use dialogs::{dialog, dialog_button};
pub use forms::{Field, Problems, check, choices, csrf_field, form_foot, select, textarea};
pub use frame::{Frame, Place, gate, page, public_page};
pub use head::{Crumb, Head, Width};
pub use icons::{Icon, icon, mark};
pub use light::Light;
pub use lists::{Pager, empty, facts, figure, filters, section, tabs};
pub use notices::{Flash, notice, toast};
pub use progress::progress;
pub use tables::{Column, Table};
pub use ways::at;
pub(crate) use words::thousands;
pub use words::{bytes, class_says, class_word, count, date, initials, moment, share_of_time, when};
