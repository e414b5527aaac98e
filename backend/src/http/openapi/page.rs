//! `/docs`: the document as a page to browse, in Swagger UI. Its files are in the program, so that it works where
//! nothing else can be reached.

use contract::Operation;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The page and its files.
pub(in crate::http) fn page() -> SwaggerUi {
    // Folded, with a box to find an operation by; which operation is open is kept in the address.
    let config = Config::from(Operation::OpenapiGet.path())
        .doc_expansion("list")
        .default_models_expand_depth(-1)
        .filter(true)
        .deep_linking(true)
        .display_request_duration(true)
        .validator_url("none");
    SwaggerUi::new("/docs").config(config)
}
