//! The compiled-in `config.toml`: complete, explained, spent.

use std::time::Duration;

use super::*;

#[test]
fn the_defaults_are_those_of_the_design() {
    let config = in_file("").unwrap();
    assert_eq!(config.state_dir, Path::new("./keepmark-data"));
    assert_eq!(config.server.listen, ["127.0.0.1:8470".parse().unwrap()]);
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.server.image_cache_bytes, 512 * 1024 * 1024);
    assert_eq!(config.server.shutdown, Duration::from_secs(25));
    assert_eq!(config.hook.body_max_bytes, 1024 * 1024);
    assert_eq!(config.hook.tokens_file, Path::new("./keepmark-data/hook-tokens"));
    assert_eq!(config.archive.url, ArchiveUrl::Folder("./keepmark-data/archive".into()));
    assert_eq!((config.archive.endpoint, config.archive.region.as_str()), (None, "us-east-1"));
    assert!(config.archive.credentials.is_none() && !config.archive.allow_http);
    assert_eq!(config.archive.folder, "photos/{team}/{project}/{member}/{date}");
    assert!(config.fetch.allow_networks.is_empty() && config.fetch.allow_hosts.is_empty());
    assert!(!config.fetch.allow_http);
    assert_eq!(config.fetch.size_max_bytes, 512 * 1024 * 1024);
    assert_eq!(
        (config.fetch.timeout, config.fetch.stall),
        (Duration::from_mins(10), Duration::from_secs(30))
    );
    assert_eq!((config.fetch.per_host, config.worker.concurrency), (6, 8));
    assert_eq!(config.verdict.time_match, Duration::from_mins(2));
    assert_eq!(config.verdict.time_near, Duration::from_mins(15));
    assert!((config.verdict.position_match_m - 100.0).abs() < f64::EPSILON);
    assert!((config.verdict.position_near_m - 500.0).abs() < f64::EPSILON);
    assert_eq!(config.verdict.default_zone.iana_name(), Some("UTC"));
    assert_eq!(config.audit.every, Some(Duration::from_hours(90 * 24)));
    assert_eq!(config.audit.inventory_every, Some(Duration::from_hours(7 * 24)));
    assert_eq!(config.audit.bytes_per_hour_max, 10 * 1024 * 1024 * 1024);
    assert_eq!(config.audit.time_per_hour_max, Duration::from_mins(20));
    assert_eq!((config.log.level.as_str(), config.log.format), ("info", LogFormat::Auto));
    assert_eq!(config.disk.pipeline_reserve_bytes, 2 * 1024 * 1024 * 1024);
    assert_eq!(config.disk.pipeline_reserve_percent, 5);
    assert_eq!(config.disk.hook_reserve_bytes, 128 * 1024 * 1024);
}

#[test]
fn every_setting_and_section_of_config_toml_is_explained_and_spent() {
    let mut settings = Settings::defaults(DEFAULTS);
    let count = settings.left.len();
    Config::read(&mut settings).unwrap();
    let unspent: Vec<_> = settings.left.keys().collect();
    assert!(unspent.is_empty(), "no component reads {unspent:?}");

    let lines: Vec<_> = DEFAULTS.lines().collect();
    let explained = lines.windows(2).filter(|pair| is_setting(pair[1]));
    let explained: Vec<_> =
        explained.inspect(|pair| assert!(is_comment(pair[0]), "{} has no why", pair[1])).collect();
    assert_eq!(explained.len(), count, "a setting stands on a line of its own");
}

fn is_setting(line: &str) -> bool {
    !line.starts_with('#') && line.contains('=')
}

fn is_comment(line: &str) -> bool {
    line.strip_prefix("# ").is_some_and(|why| why.len() > 3)
}

#[test]
fn config_toml_given_as_a_file_changes_nothing() {
    let (given, built_in) = (in_file(DEFAULTS).unwrap(), in_file("").unwrap());
    assert_eq!(format!("{given:?}"), format!("{built_in:?}"));
}

#[test]
fn every_setting_of_config_toml_can_be_given_by_a_variable() {
    for setting in Settings::defaults(DEFAULTS).left.into_values() {
        let value = match &setting.value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let name = setting::variable_name(&setting.key);
        let loaded = Place::new().load("", &[(&name, &value)]).unwrap();
        assert_eq!(loaded.origin.variables, [name]);
        assert_eq!(format!("{:?}", loaded.config), format!("{:?}", in_file("").unwrap()));
    }
}
