//! The modules of one service: a file per resource with its operations and the shapes that only they use, and the
//! shapes that several resources share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::names::{java_set_order, variant};
use super::patterns::Patterns;
use super::rules::Rules;
use super::service::{Kind, Operation, ServiceModel, Shape};
use super::types::{Direction, Uses, Writer};
use super::{Failure, GENERATED, errors, patches};

/// One module of operations.
pub(super) struct Resource<'a> {
    /// The module and the value of `OperationMeta::resource`.
    pub(super) name: &'a str,
    pub(super) operations: Vec<&'a str>,
}

/// A service to write.
pub(super) struct Service<'a> {
    pub(super) model: &'a ServiceModel,
    /// `idp`.
    pub(super) module: &'static str,
    /// `Service::Idp`.
    pub(super) variant: &'static str,
    /// For the first line of its `mod.rs`.
    pub(super) title: &'static str,
    /// Whether `crates/api` keeps its operations in one folder without further division.
    pub(super) flat: bool,
    pub(super) resources: Vec<Resource<'a>>,
}

/// Members that shared phases read, with the method of `OperationInput`.
const ACCESSORS: &[(&str, &str)] = &[
    ("AccessToken", "access_token"),
    ("ClientId", "client_id"),
    ("ClientSecret", "client_secret"),
    ("IdentityPoolId", "identity_pool_id"),
    ("SecretHash", "secret_hash"),
    ("UserPoolId", "user_pool_id"),
    ("Username", "username"),
];

/// Maps in which a sign-in names its user, under `USERNAME`.
const SIGN_IN_PARAMETERS: [&str; 2] = ["AuthParameters", "ChallengeResponses"];

/// Where the shapes that are not an operation's own request or response go.
struct Plan<'a> {
    /// Shape to the one resource that uses it, or none if several do.
    homes: BTreeMap<&'a str, Option<&'a str>>,
    inputs: BTreeSet<&'a str>,
    outputs: BTreeSet<&'a str>,
}

impl<'a> Plan<'a> {
    fn new(service: &Service<'a>) -> Result<Self, Failure> {
        let model = service.model;
        let mut plan = Self { homes: BTreeMap::new(), inputs: BTreeSet::new(), outputs: BTreeSet::new() };
        let mut private = BTreeSet::new();
        for resource in &service.resources {
            for name in &resource.operations {
                let operation = operation(model, name)?;
                let inputs = model.reachable(std::iter::once(operation.input.shape.as_str()));
                let outputs = model.reachable(operation.output.iter().map(|output| output.shape.as_str()));
                for shape in inputs.union(&outputs) {
                    let home = plan.homes.entry(shape).or_insert(Some(resource.name));
                    if *home != Some(resource.name) {
                        *home = None;
                    }
                }
                plan.inputs.extend(inputs);
                plan.outputs.extend(outputs);
                private.extend(own_shapes(model, name)?);
            }
        }
        plan.homes.retain(|name, _| !private.contains(name));
        Ok(plan)
    }

    fn direction(&self, shape: &str) -> Direction {
        match (self.inputs.contains(shape), self.outputs.contains(shape)) {
            (true, false) => Direction::In,
            (false, true) => Direction::Out,
            _ => Direction::Both,
        }
    }
}

fn operation<'m>(model: &'m ServiceModel, name: &str) -> Result<&'m Operation, Failure> {
    model.operations.get(name).ok_or_else(|| Failure::new(format!("the model has no operation {name}")))
}

/// The request and response shapes that are this operation's alone, to be written under its name.
fn own_shapes<'m>(model: &'m ServiceModel, name: &str) -> Result<Vec<&'m str>, Failure> {
    let operation = operation(model, name)?;
    let shapes = std::iter::once(&operation.input).chain(&operation.output).map(|shape| shape.shape.as_str());
    Ok(shapes.filter(|shape| times_used(model, shape) == 1).collect())
}

/// How many operations and shapes refer to a shape.
fn times_used(model: &ServiceModel, name: &str) -> usize {
    let by_operations = model.operations.values().flat_map(|operation| {
        std::iter::once(&operation.input).chain(&operation.output).filter(|shape| shape.shape == name)
    });
    let by_shapes = model.shapes.values().flat_map(|shape| {
        let parts = shape.members.values().chain(&shape.member).chain(&shape.key).chain(&shape.value);
        parts.filter(|part| part.shape == name)
    });
    by_operations.count() + by_shapes.count()
}

/// Writes the modules of a service: path under `src` to text.
pub(super) fn emit(service: &Service<'_>, patterns: &mut Patterns) -> Result<BTreeMap<String, String>, Failure> {
    let plan = Plan::new(service)?;
    let mut writer = Writer { model: service.model, rules: Rules::default() };
    let mut files = BTreeMap::new();
    let module = service.module;

    for resource in &service.resources {
        let mut file = File::default();
        for name in &resource.operations {
            emit_operation(service, resource, name, &mut writer, patterns, &mut file)?;
        }
        emit_shapes(&plan, Some(resource.name), &mut writer, patterns, &mut file)?;
        let title =
            format!("Operations of `{}`: requests, responses and the shapes that only they use.", resource.name);
        files.insert(format!("{module}/{}.rs", resource.name), file.finish(&title, module));
    }

    let mut shared = File::default();
    emit_shapes(&plan, None, &mut writer, patterns, &mut shared)?;
    if !shared.body.is_empty() {
        let title = "Shapes that operations of several resources use.";
        files.insert(format!("{module}/shapes.rs"), shared.finish(title, module));
    }
    files.insert(format!("{module}/rules.rs"), writer.rules.emit());
    let has_shapes = files.contains_key(&format!("{module}/shapes.rs"));
    files.insert(format!("{module}/mod.rs"), emit_module(service, has_shapes));
    Ok(files)
}

fn emit_module(service: &Service<'_>, has_shapes: bool) -> String {
    let mut out = format!("//! {}\n{GENERATED}\n", service.title);
    let mut modules: Vec<&str> = service.resources.iter().map(|resource| resource.name).collect();
    if has_shapes {
        modules.push("shapes");
    }
    out += "pub(crate) mod rules;\n\n";
    for module in &modules {
        let _ = writeln!(out, "pub mod {module};");
    }
    out.push('\n');
    for module in &modules {
        let _ = writeln!(out, "pub use {module}::*;");
    }
    out += "\n/// Every operation, by name.\npub const OPERATIONS: &[crate::OperationMeta] = &[\n";
    let mut operations: Vec<&str> = service.resources.iter().flat_map(|r| r.operations.iter().copied()).collect();
    operations.sort_unstable();
    for operation in operations {
        let _ = writeln!(out, "<{operation} as crate::OperationShape>::META,");
    }
    out + "];\n"
}

/// A file being written.
#[derive(Default)]
struct File {
    body: String,
    uses: Uses,
    /// Types that the file defines.
    own: BTreeSet<String>,
}

impl File {
    fn finish(&self, title: &str, module: &str) -> String {
        format!("//! {title}\n{GENERATED}\n{}{}", self.uses.emit(module, &self.own), self.body)
    }
}

/// The shapes that live with `home`.
fn emit_shapes(
    plan: &Plan<'_>,
    home: Option<&str>,
    writer: &mut Writer<'_>,
    patterns: &mut Patterns,
    file: &mut File,
) -> Result<(), Failure> {
    for (name, _) in plan.homes.iter().filter(|(_, at)| **at == home) {
        let model = writer.model;
        let shape = model.shape(name)?;
        match shape.kind {
            Kind::Structure if !shape.document => {
                file.own.insert((*name).to_owned());
                let doc = format!("The structure `{name}`.");
                // Shapes are stored as documents too, so both directions are always there.
                file.body += &writer.structure(name, &doc, shape, Direction::Both, &mut file.uses)?;
                if plan.direction(name) != Direction::Out {
                    file.body += &writer.validation(name, shape, patterns, &mut file.uses)?;
                }
            }
            Kind::String if !shape.values.is_empty() => {
                file.own.insert((*name).to_owned());
                file.body += &wire_enum(name, shape);
            }
            _ => {}
        }
    }
    Ok(())
}

fn wire_enum(name: &str, shape: &Shape) -> String {
    let set = java_set_order(&shape.values).join(", ");
    let mut out = format!("\ncrate::wire::wire_enum! {{\n    /// The enum `{name}`.\n    {name}, \"{set}\", {{\n");
    for value in &shape.values {
        let _ = writeln!(out, "        {} = \"{value}\",", variant(value));
    }
    out + "    }\n}\n"
}

fn emit_operation(
    service: &Service<'_>,
    resource: &Resource<'_>,
    name: &str,
    writer: &mut Writer<'_>,
    patterns: &mut Patterns,
    file: &mut File,
) -> Result<(), Failure> {
    let model = service.model;
    let operation = operation(model, name)?;
    let own = own_shapes(model, name)?;
    let input_shape = model.shape(&operation.input.shape)?;
    let (request, response) = (format!("{name}Request"), format!("{name}Response"));
    // Identity pools have a shape of the name `ErrorCode`.
    file.own.extend([name.to_owned(), request.clone(), response.clone()]);
    file.uses.root.extend([
        "AuthMode",
        "ErrorCode as Code",
        "OperationInput",
        "OperationMeta",
        "OperationShape",
        "Service",
    ]);

    let auth = match operation.authtype.as_deref() {
        Some(patches::UNSIGNED) => "Unsigned",
        Some(patches::SIGNED_OR_CLIENT) => "SigV4OrClient",
        _ => "SigV4",
    };
    let errors: BTreeSet<String> = operation.errors.iter().map(|error| errors::variant(&error.shape)).collect();
    let errors: Vec<String> = errors.iter().map(|error| format!("Code::{error}")).collect();
    let _ = write!(
        file.body,
        "\n/// The operation `{name}`.\n#[derive(Debug, Clone, Copy)]\npub struct {name};\n\n\
         impl OperationShape for {name} {{\ntype Input = {request};\ntype Output = {response};\n\
         const META: OperationMeta = OperationMeta {{ service: Service::{}, name: \"{name}\", resource: \"{}\", \
         auth: AuthMode::{auth}, errors: &[{}], has_output: {} }};\n}}\n",
        service.variant,
        resource.name,
        errors.join(", "),
        operation.output.is_some(),
    );

    let doc = format!("Request of `{name}`.");
    if own.contains(&operation.input.shape.as_str()) {
        file.body += &writer.structure(&request, &doc, input_shape, Direction::In, &mut file.uses)?;
        file.body += &writer.validation(&request, input_shape, patterns, &mut file.uses)?;
    } else {
        alias(&request, &operation.input.shape, &doc, file);
    }
    file.body += &operation_input(&request, input_shape, &mut file.uses);

    let doc = format!("Response of `{name}`.");
    match &operation.output {
        None => {
            file.uses.serialize = true;
            let _ = write!(
                file.body,
                "\n/// {doc} The model gives it no structure.\n#[derive(Debug, Clone, Default, PartialEq, Serialize)]\n\
                 pub struct {response} {{}}\n"
            );
        }
        Some(output) if own.contains(&output.shape.as_str()) => {
            let shape = model.shape(&output.shape)?;
            file.body += &writer.structure(&response, &doc, shape, Direction::Out, &mut file.uses)?;
        }
        Some(output) => alias(&response, &output.shape, &doc, file),
    }
    Ok(())
}

/// A request or response that is also something else.
fn alias(name: &str, shape: &str, doc: &str, file: &mut File) {
    file.uses.shapes.insert(shape.to_owned());
    let _ = write!(file.body, "\n/// {doc}\npub type {name} = {shape};\n");
}

fn operation_input(request: &str, shape: &Shape, uses: &mut Uses) -> String {
    let mut body = String::new();
    if shape.members.contains_key("AccessToken") {
        uses.root.insert("TokenRule");
        let rule = if shape.required.contains("AccessToken") { "Required" } else { "Optional" };
        let _ = writeln!(body, "const TAKES_ACCESS_TOKEN: TokenRule = TokenRule::{rule};\n");
    }
    for (wire, method) in ACCESSORS {
        // GetClientToken calls it `Secret`.
        let names: &[&str] = if *wire == "ClientSecret" { &["ClientSecret", "Secret"] } else { &[wire] };
        let Some(member) = names.iter().find(|name| shape.members.contains_key(**name)) else {
            continue;
        };
        let field = super::names::field(member);
        let _ = writeln!(body, "fn {method}(&self) -> Option<&str> {{\nself.{field}.as_deref()\n}}\n");
    }
    if let Some(parameters) = SIGN_IN_PARAMETERS.iter().find(|name| shape.members.contains_key(**name)) {
        let field = super::names::field(parameters);
        let _ = writeln!(
            body,
            "fn username(&self) -> Option<&str> {{\nself.{field}.as_ref()?.get(\"USERNAME\").map(SecretString::as_str)\n}}\n"
        );
    }
    if shape.members.contains_key("ChallengeName") {
        let _ = writeln!(
            body,
            "fn challenge_name(&self) -> Option<&str> {{\nself.challenge_name.as_ref().map(ChallengeNameType::as_str)\n}}\n"
        );
    }
    format!("\nimpl OperationInput for {request} {{\n{}}}\n", body.trim_end_matches('\n').to_owned() + "\n")
}
