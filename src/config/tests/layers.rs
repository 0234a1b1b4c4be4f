//! Which source wins, and what a variable's text becomes.

use super::*;

#[test]
fn the_argument_wins_over_the_variable_and_that_over_the_system_file() {
    let place = Place::new();
    let level = |name: &str| place.file(name, format!("log.level = \"{name}\""));
    let (argument, variable, system) = (level("argument"), level("variable"), level("system"));
    let named = environment(&[("KEEPMARK_CONFIG", variable.to_str().unwrap())]);
    let unset = environment(&[("KEEPMARK_CONFIG", "")]);
    for (argument, environment, system, level, file) in [
        (Some(argument.as_path()), &named, &system, "argument", Some(&argument)),
        (None, &named, &system, "variable", Some(&variable)),
        (None, &unset, &system, "system", Some(&system)),
        (None, &Vec::new(), &place.path("none"), "info", None),
    ] {
        let loaded = load(argument, environment, system).unwrap();
        assert_eq!((loaded.config.log.level.as_str(), loaded.origin.file.as_ref()), (level, file));
    }
}

#[test]
fn the_environment_wins_over_the_file_setting_by_setting() {
    let text = "[worker]\nconcurrency = 2\n[fetch]\nper_host = 3";
    let config = Place::new().load(text, &[("KEEPMARK__WORKER__CONCURRENCY", "0")]).unwrap().config;
    assert_eq!((config.worker.concurrency, config.fetch.per_host), (0, 3));
}

#[test]
fn the_origin_names_the_file_and_the_variables_without_their_values() {
    let place = Place::new();
    let none = place.path("none");
    let origin =
        load(None, &environment(&[("PATH", "/bin"), ("KEEPMARK_PORT", "tcp://")]), &none).unwrap().origin;
    assert_eq!(origin.to_string(), "configuration: built-in defaults");
    let variables = [("KEEPMARK__STATE_DIR", "/srv/1"), ("KEEPMARK__LOG__LEVEL", "warn")];
    let origin = place.load("", &variables).unwrap().origin;
    let expected = format!(
        "configuration: {} with KEEPMARK__LOG__LEVEL, KEEPMARK__STATE_DIR from the environment",
        place.path("config.toml").display()
    );
    assert_eq!(origin.to_string(), expected);
}

#[test]
fn a_variable_is_read_by_the_type_of_its_setting() {
    let texts = in_environment("KEEPMARK__LOG__LEVEL", "[\"true\"] = 5 # text").unwrap();
    assert_eq!(texts.log.level, "[\"true\"] = 5 # text");
    let number = in_environment("KEEPMARK__FETCH__SIZE_MAX_BYTES", " 1_000_000 ").unwrap();
    assert_eq!(number.fetch.size_max_bytes, 1_000_000);
    assert!(in_environment("KEEPMARK__FETCH__ALLOW_HTTP", "true").unwrap().fetch.allow_http);
}

#[test]
fn a_list_variable_takes_a_list_one_bare_value_or_nothing() {
    for (value, expected) in [
        ("127.0.0.1:9000", vec!["127.0.0.1:9000"]),
        ("[::1]:8470", vec!["[::1]:8470"]),
        (r#"["127.0.0.1:0", "[::1]:0"]"#, vec!["127.0.0.1:0", "[::1]:0"]),
    ] {
        let listen = in_environment("KEEPMARK__SERVER__LISTEN", value).unwrap().server.listen;
        assert_eq!(listen.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }
    let text = "fetch.allow_hosts = [\"a.example\"]";
    let emptied = Place::new().load(text, &[("KEEPMARK__FETCH__ALLOW_HOSTS", "")]).unwrap();
    assert!(emptied.config.fetch.allow_hosts.is_empty());
}

#[test]
fn the_public_way_in_takes_a_file_and_an_environment() {
    let place = Place::new();
    let file = place.file("k.toml", "worker.concurrency = 1");
    let loaded = Config::load(Some(&file), environment(&[("KEEPMARK__LOG__LEVEL", "debug")])).unwrap();
    assert_eq!((loaded.config.worker.concurrency, loaded.config.log.level.as_str()), (1, "debug"));
}
