//! The whole way of a setting: from `config.toml`, a file and the environment to a checked value or an error.
//!
//! Never: a file outside of the test's own folder, or the process's environment.

mod defaults;
mod files;
mod layers;
mod refusals;
mod values;

use tempfile::TempDir;

use super::*;

/// A folder with a configuration file, and the way to load it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// Loads with a file named by the argument. No system file exists.
    fn load(&self, text: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        load(Some(&self.file("config.toml", text)), &environment(variables), &self.path("none"))
    }

    /// Loads, and reads the store's key as `serve` does.
    fn load_all(&self, text: &str, variables: &[(&str, &str)]) -> Result<Option<AccessKey>, ConfigError> {
        let loaded = self.load(text, variables)?;
        loaded.config.archive.credentials.as_ref().map(Credentials::read).transpose()
    }

    /// The error's own sentence, with the file called `FILE`.
    fn error(&self, text: &str, variables: &[(&str, &str)]) -> String {
        let error = self.load_all(text, variables).unwrap_err();
        error.to_string().replace(self.path("config.toml").to_str().unwrap(), "FILE")
    }
}

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn in_file(text: &str) -> Result<Config, ConfigError> {
    Place::new().load(text, &[]).map(|loaded| loaded.config)
}

fn file_error(text: &str) -> String {
    Place::new().error(text, &[])
}

fn in_environment(name: &str, value: &str) -> Result<Config, ConfigError> {
    Place::new().load("", &[(name, value)]).map(|loaded| loaded.config)
}

fn variable_error(name: &str, value: &str) -> String {
    in_environment(name, value).unwrap_err().to_string()
}
