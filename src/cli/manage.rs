//! The commands that look after the configuration and the keys.

use clap::Subcommand;

/// What to do about the configuration file.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write a configuration file in which every key is explained and none is set
    ///
    /// A file that is there is left as it is.
    Init,

    /// Print where the configuration file is, or would be
    Path,

    /// Print the settings in force and where each comes from, or what is wrong with them
    ///
    /// Asks no server and runs no command for a key. No key is printed.
    Check,
}

/// What to do about the keys.
#[derive(Clone, Debug, Subcommand)]
pub enum CredentialsCommand {
    /// Print every credential, and where its key comes from
    List,

    /// Take a key into the keyring, or into a file where there is no keyring
    ///
    /// The key is asked for without being shown, or read from standard input when that is no terminal. It is
    /// never an argument.
    Add {
        /// What to call it: letters, digits, _, - and .
        label: String,

        /// Keep the key in the file even where there is a keyring
        #[arg(long)]
        file: bool,

        /// Put it in the place of the key that has this name already
        #[arg(long)]
        replace: bool,
    },

    /// Forget a key that was added
    Remove {
        /// What it is called
        label: String,
    },

    /// Ask the server once about each credential, and say whether its key is taken
    Test {
        /// Of this credential only
        label: Option<String>,
    },
}
