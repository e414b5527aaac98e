//! `/docs`: the document in Swagger UI. The program contains the page's files, so that it works without a network.

use contract::Operation;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The page and its files.
pub(in crate::http) fn page() -> SwaggerUi {
    // Folded, with a search box; the address names the open operation.
    let config = Config::from(Operation::OpenapiGet.path())
        .doc_expansion("list")
        .default_models_expand_depth(-1)
        .filter(true)
        .deep_linking(true)
        .display_request_duration(true)
        .validator_url("none");
    SwaggerUi::new("/docs").config(config)
}
