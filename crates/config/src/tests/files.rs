//! Secrets in files, and which files a configuration is read from.

use std::path::{Path, PathBuf};

use super::given;
use crate::{Environment, Sources, default_cache_dir, default_data_dir, default_pid_file};

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_secret_can_stand_in_a_file() {
    let loaded = given().env([("GOMODEL_MASTER_KEY_FILE", "secret.txt")]);
    assert_eq!(
        loaded.load().settings.server.master_key.as_ref().map(vocabulary::Secret::reveal),
        Some("from a file")
    );
    assert_eq!(loaded.effective("server.master_key"), "*** # env GOMODEL_MASTER_KEY_FILE");
    assert_eq!(
        given().dotenv("GOMODEL_MASTER_KEY_FILE=secret.txt").effective("server.master_key"),
        "*** # .env GOMODEL_MASTER_KEY_FILE"
    );
}

#[test]
fn keys_of_providers_are_resolved_into_the_environment() {
    let names = [
        "OPENAI_API_KEY",
        "OPENAI_EU_API_KEY_2",
        "BEDROCK_MANTLE_API_KEY",
        "VERTEX_SERVICE_ACCOUNT_JSON",
        "AWS_BEARER_TOKEN_BEDROCK",
    ];
    let mut sources = given();
    sources.0.environment.extend(names.iter().map(|name| (format!("{name}_FILE"), "secret.txt".to_owned())));
    let foreign =
        sources.env([("SOME_API_KEY_FILE", "/nowhere"), ("VERTEX_SERVICE_ACCOUNT_FILE", "/nowhere")]);
    let loaded = foreign.load();
    for name in names {
        assert_eq!(loaded.settings.environment.get(name).map(String::as_str), Some("from a file"), "{name}");
    }
    assert!(!loaded.settings.environment.contains_key("SOME_API_KEY"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn a_secret_file_that_fails_is_an_error() {
    let given = given().env([
        ("GOMODEL_MASTER_KEY", "x"),
        ("GOMODEL_MASTER_KEY_FILE", "secret.txt"),
        ("OPENAI_API_KEY_FILE", "absent.txt"),
        ("GROQ_API_KEY", "x"),
        ("GROQ_API_KEY_FILE", "secret.txt"),
    ]);
    insta::assert_snapshot!(given.errors(), @r#"
    both GOMODEL_MASTER_KEY and GOMODEL_MASTER_KEY_FILE are set; keep one
    both GROQ_API_KEY and GROQ_API_KEY_FILE are set; keep one
    invalid value for OPENAI_API_KEY_FILE: cannot read "absent.txt": No such file or directory (os error 2)
    "#);
}

#[test]
fn dotenv_values_reach_the_environment_that_is_handed_on() {
    let settings =
        given().dotenv("OPENAI_API_KEY=a\nGROQ_API_KEY=b").env([("GROQ_API_KEY", "c")]).load().settings;
    assert_eq!(settings.environment.get("OPENAI_API_KEY").map(String::as_str), Some("a"));
    assert_eq!(settings.environment.get("GROQ_API_KEY").map(String::as_str), Some("c"));
}

#[test]
fn the_file_is_the_named_one_or_the_first_of_two_places() {
    let directory = |name: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    let found = |name: &str, pairs: &[(&str, &str)], flag: Option<&str>| {
        let sources = Sources::from_directory(directory(name), environment(pairs), flag.map(Path::new));
        sources.map(|sources| sources.file.map(|(path, _)| path.display().to_string()))
    };
    assert_eq!(found("both", &[], None), Ok(Some("config/config.yaml".to_owned())));
    assert_eq!(found("both/config", &[], None), Ok(Some("config.yaml".to_owned())));
    assert_eq!(found("both", &[("GOMODEL_CONFIG", "config.yaml")], None), Ok(Some("config.yaml".to_owned())));
    assert_eq!(
        found("both", &[("GOMODEL_CONFIG", "absent.yaml")], Some("config.yaml")),
        Ok(Some("config.yaml".to_owned()))
    );
    assert_eq!(found("named", &[], None), Ok(Some("other.yaml".to_owned())));
    assert_eq!(found("named", &[("GOMODEL_CONFIG", "")], None), Ok(None));
    assert_eq!(found("both", &[("GOMODEL_CONFIG", "")], None), Ok(Some("config/config.yaml".to_owned())));
    insta::assert_snapshot!(found("both", &[], Some("absent.yaml")).unwrap_err(), @"configuration file absent.yaml does not exist");
    insta::assert_snapshot!(found("both", &[], Some("config")).unwrap_err(), @"cannot read config: Is a directory (os error 21)");
}

#[test]
fn default_places_depend_on_the_working_directory_and_the_home() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let home = environment(&[("HOME", "/home/u")]);
    let xdg = environment(&[("HOME", "/home/u"), ("XDG_DATA_HOME", "/d"), ("XDG_CACHE_HOME", "/c")]);
    let local = here.join("places");
    assert_eq!(default_data_dir(&local, &home), Path::new("data"));
    assert_eq!(default_pid_file(&local, &home), Path::new("data/gomodel.pid"));
    assert_eq!(default_cache_dir(&local, &home), Path::new(".cache"));
    assert_eq!(default_pid_file(&here, &xdg), Path::new("/d/gomodel/gomodel.pid"));
    assert_eq!(default_cache_dir(&here, &xdg), Path::new("/c/gomodel"));
    assert_eq!(default_cache_dir(&here, &Environment::new()), Path::new(".cache"));
    if cfg!(target_os = "linux") {
        assert_eq!(default_data_dir(&here, &home), Path::new("/home/u/.local/share/gomodel"));
        assert_eq!(default_cache_dir(&here, &home), Path::new("/home/u/.cache/gomodel"));
    }
}
