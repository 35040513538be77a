//! What a setting is: its key in the file, its environment variable, its kind, and one line about it.

/// One setting. The registry of them all ([`super::SETTINGS`]) is what files and environment are checked against, and
/// what the reference page is made from.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The dotted key in the file, `section.name`.
    pub(crate) key: &'static str,
    /// The environment variable.
    pub(crate) env: &'static str,
    /// What values look like.
    pub(crate) kind: Kind,
    /// Secrets are never shown, and can be read from a file: `<key>_file`, `<ENV>_FILE`.
    pub(crate) secret: bool,
    /// Refused by `stepwell serve`.
    pub(crate) dev_only: bool,
    /// The default, in words; empty if there is none.
    pub(crate) default: &'static str,
    /// What it is for, in one or two sentences of Markdown.
    pub(crate) doc: &'static str,
}

/// What values of a setting look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A whole number that is not negative.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of texts; separated by commas in the environment.
    List,
}

impl Kind {
    /// The kind in the reference page and in errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Switch => "true or false",
            Self::List => "list",
        }
    }
}

impl Setting {
    /// A plain setting.
    pub(crate) const fn new(
        key: &'static str,
        env: &'static str,
        kind: Kind,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { key, env, kind, secret: false, dev_only: false, default, doc }
    }

    /// A secret text.
    pub(crate) const fn secret(key: &'static str, env: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self { key, env, kind: Kind::Text, secret: true, dev_only: false, default, doc }
    }

    /// A setting of `stepwell dev` alone.
    pub(crate) const fn dev_only(mut self) -> Self {
        self.dev_only = true;
        self
    }
}
