use std::sync::Arc;

use vocabulary::{InstanceName, ModelId};

use super::{CacheError, CacheImage, CachedInstance, decode, encode, load, save};
use crate::catalogue::Catalogue;
use crate::metadata::Metadata;
use crate::profile::DiscoveredModel;

fn image() -> CacheImage {
    let facts = r#"{"context_window":4096,"pricing":{"currency":"USD","input_per_mtok":0.10}}"#;
    let models = [
        DiscoveredModel {
            created: 1_715_367_049,
            owned_by: "system".into(),
            ..DiscoveredModel::new(ModelId::new("m/one"))
        },
        DiscoveredModel {
            owned_by: "other".into(),
            metadata: Some(Metadata::from_json(facts).expect("facts")),
            ..DiscoveredModel::new(ModelId::new("two"))
        },
    ];
    let name = InstanceName::parse("acme-eu").expect("name");
    CacheImage {
        updated_at: "2026-08-20T08:00:00Z".parse().expect("time"),
        instances: vec![CachedInstance { name, provider_type: "acme".into(), models: Arc::from(models) }],
        catalogue: Some(Arc::new(Catalogue::parse(r#"{"version":1}"#.to_owned()).expect("catalogue"))),
    }
}

#[test]
fn the_file_has_the_old_shape_with_metadata_added() {
    let text = String::from_utf8(encode(&image())).expect("text");
    assert_eq!(
        text,
        concat!(
            r#"{"version":2,"updated_at":"2026-08-20T08:00:00Z","#,
            r#""providers":{"acme-eu":{"provider_type":"acme","owned_by":"system","models":["#,
            r#"{"id":"m/one","created":1715367049},"#,
            r#"{"id":"two","created":0,"owned_by":"other","#,
            r#""metadata":{"context_window":4096,"pricing":{"currency":"USD","input_per_mtok":0.10}}}]}},"#,
            r#""model_list_data":{"version":1}}"#
        )
    );
    let back = decode(text.as_bytes()).expect("own file");
    assert_eq!(back.instances, image().instances);
    assert_eq!(back.updated_at, image().updated_at);
    assert_eq!(back.catalogue.map(|known| known.as_json().to_owned()).as_deref(), Some(r#"{"version":1}"#));
}

#[test]
fn a_file_of_version_1_is_read() {
    let text = r#"{"updated_at":"2026-08-20T08:00:00Z","providers":{"openai":{"provider_type":"openai","owned_by":"system",
        "models":[{"id":"gpt-4o","created":1715367049}]}},"model_list_data":{"version":1}}"#;
    let image = decode(text.as_bytes()).expect("version 1");
    let [openai] = image.instances.as_slice() else { panic!("one instance") };
    assert_eq!(
        openai.models.first().map(|model| (model.id.as_str(), &*model.owned_by)),
        Some(("gpt-4o", "system"))
    );
}

#[test]
fn an_odd_entry_is_left_out_and_the_rest_is_read() {
    let text = r#"{"providers":{"a/b":{"provider_type":"x","models":[]},"bad":7,
        "ok":{"provider_type":"x","models":[{"id":7},{"id":"m","created":"no"},{"id":"good"}]}},"model_list_data":[]}"#;
    let image = decode(text.as_bytes()).expect("readable");
    let [ok] = image.instances.as_slice() else { panic!("one instance: {:?}", image.instances) };
    assert_eq!(ok.models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), ["good"]);
    assert!(image.catalogue.is_none());
}

#[test]
fn what_is_no_cache_is_corrupt() {
    for text in ["", "{", "null", "7", r#"{"providers":[]}"#, "\u{0}"] {
        assert!(matches!(decode(text.as_bytes()), Err(CacheError::Corrupt(_))), "{text}");
    }
}

#[test]
fn a_file_is_saved_whole_into_a_new_folder_and_loaded_again() {
    let folder = std::env::temp_dir().join(format!("gomodel-catalog-{}", std::process::id()));
    let path = folder.join("deep").join("models.json");
    assert!(load(&path).expect("no file").is_none());
    save(&path, &image()).expect("saved");
    save(&path, &image()).expect("replaced");
    let back = load(&path).expect("readable").expect("there");
    assert_eq!(back.instances, image().instances);
    let files = std::fs::read_dir(folder.join("deep")).expect("folder").count();
    assert_eq!(files, 1, "no temporary file is left");
    std::fs::write(&path, "{").expect("damaged");
    assert!(matches!(load(&path), Err(CacheError::Corrupt(_))));
    assert!(matches!(save(&folder.join("deep"), &image()), Err(CacheError::Write { .. })));
    std::fs::remove_dir_all(folder).expect("cleared");
}
