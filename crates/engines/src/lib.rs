#![doc = include_str!("../README.md")]

mod elsewhere;
mod server;
mod test_db;

pub use elsewhere::Elsewhere;
pub use server::{PostgresServer, ServerError, ServerOptions};
pub use store::Engine;
pub use test_db::{TestDb, all, block_on, each};

/// Runs each body as two tests, `name::sqlite` and `name::postgres`, with a fresh database each. Bodies may be `async`.
///
/// ```text
/// engines::on_both! {
///     fn a_row_comes_back(db: TestDb) { … }
///     async fn a_page_is_shown(db: TestDb) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both {
    () => {};
    ($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block $($rest:tt)*) => {
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            async fn body($db: $crate::TestDb) $body
            #[test]
            fn sqlite() { $crate::block_on(body($crate::TestDb::sqlite())) }
            #[test]
            fn postgres() { $crate::block_on(body($crate::TestDb::postgres())) }
        }
        $crate::on_both! { $($rest)* }
    };
    ($(#[$attribute:meta])* fn $name:ident($db:ident: TestDb) $body:block $($rest:tt)*) => {
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn body($db: $crate::TestDb) $body
            #[test]
            fn sqlite() { body($crate::TestDb::sqlite()) }
            #[test]
            fn postgres() { body($crate::TestDb::postgres()) }
        }
        $crate::on_both! { $($rest)* }
    };
}
