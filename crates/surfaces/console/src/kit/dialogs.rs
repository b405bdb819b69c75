//! Dialogs: a question on top of the page. They are popovers, so they open, close on Escape and give the focus back
//! without script. What cannot be undone gets a page of its own instead, with a fresh confirmation.

use maud::{Markup, html};

use super::{Icon, Look, icon};

/// Opens the dialog of this id.
pub fn dialog_button(look: Look, id: &str, sign: Option<Icon>, text: &str) -> Markup {
    html! {
        button.button.(look.class()) type="button" popovertarget=(id) {
            @if let Some(sign) = sign { (icon(sign)) }
            (text)
        }
    }
}

/// The dialog. Its content is usually a form whose last part is `form_foot`.
pub fn dialog(id: &str, title: &str, content: Markup) -> Markup {
    let title_id = format!("{id}-title");
    html! {
        div.dialog id=(id) popover="auto" role="dialog" aria-labelledby=(title_id) {
            h2 id=(title_id) { (title) }
            (content)
        }
    }
}
