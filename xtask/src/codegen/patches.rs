//! Where Stepwell deviates from the model, each with its reason. A patch that no longer changes anything fails, so that
//! the list does not outlive a newer botocore.

use super::Failure;
use super::service::{ServiceModel, ShapeRef};
use super::source::Models;

/// `authtype` of an operation that takes no signature, in botocore's word.
pub(super) const UNSIGNED: &str = "none";
/// `authtype` of an operation that takes a signature or the client's own authentication; botocore has no word for it.
pub(super) const SIGNED_OR_CLIENT: &str = "signed or client";

/// What a patch does.
enum Change {
    /// Adds a value to an enum.
    EnumValue { shape: &'static str, value: &'static str },
    /// Replaces a pattern, in matching and in the message.
    Pattern { shape: &'static str, from: &'static str, to: &'static str },
    /// Accepts calls without a signature.
    Unsigned { operation: &'static str },
    /// Accepts calls without a signature whose client authenticates itself.
    SignedOrClient { operation: &'static str },
    /// Makes a member required.
    Required { shape: &'static str, member: &'static str },
    /// Adds an error to an operation.
    OperationError { operation: &'static str, error: &'static str },
    /// Adds an error to every operation that lacks it.
    EveryOperation { error: &'static str },
}

use Change::{EnumValue, EveryOperation, OperationError, Pattern, Required, SignedOrClient, Unsigned};

struct Patch {
    change: Change,
    /// Why; read by people.
    #[expect(dead_code, reason = "documentation that a patch cannot be written without")]
    reason: &'static str,
}

/// The patches of user pools.
const IDP: &[Patch] = &[
    Patch {
        change: EnumValue { shape: "ExplicitAuthFlowsType", value: "ALLOW_CLIENT_TOKEN_AUTH" },
        reason: "The guide on machine-to-machine sign-in gives clients of GetClientToken this flow; the enum lacks it.",
    },
    Patch {
        change: Pattern {
            shape: "DomainType",
            from: r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$",
            to: r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$",
        },
        reason: "Custom domains are host names and have dots; the pattern knows only prefixes.",
    },
    Patch {
        change: Pattern { shape: "PasswordType", from: r"[\S]+", to: r"^[\S]+.*[\S]+$" },
        reason: "The guide allows spaces inside a password, and Cognito's own messages quote this pattern.",
    },
    Patch {
        change: Unsigned { operation: "GetClientToken" },
        reason: "It takes only the client's secret, never IAM credentials, yet is not marked unsigned.",
    },
    Patch {
        change: SignedOrClient { operation: "GetDerivedToken" },
        reason: "It takes IAM credentials or ClientId (and ClientSecret), yet is not marked unsigned.",
    },
    Patch {
        change: Required { shape: "GetDeviceRequest", member: "AccessToken" },
        reason: "Unsigned, and nothing but the token says whose device is meant.",
    },
    Patch {
        change: Required { shape: "ForgetDeviceRequest", member: "AccessToken" },
        reason: "Unsigned, and nothing but the token says whose device is meant.",
    },
    Patch {
        change: OperationError { operation: "AdminCreateUser", error: "AliasExistsException" },
        reason: "The text of its ForceAliasCreation parameter promises this error; its list lacks it.",
    },
    Patch {
        change: EveryOperation { error: "InternalErrorException" },
        reason: "The dispatcher answers every fault of ours with it; three newer operations list InternalServerException.",
    },
    Patch {
        change: EveryOperation { error: "TooManyRequestsException" },
        reason: "The quotas page gives every operation a rate category; nine lists lack the error of exceeding it.",
    },
];

/// The patches of STS.
const STS: &[Patch] = &[];

/// The patches of IAM.
const IAM: &[Patch] = &[];

/// Applies all patches.
pub(super) fn apply(models: &mut Models) -> Result<(), Failure> {
    apply_to(&mut models.idp, IDP)?;
    apply_to(&mut models.sts, STS)?;
    apply_to(&mut models.iam, IAM)
}

fn apply_to(model: &mut ServiceModel, patches: &[Patch]) -> Result<(), Failure> {
    for patch in patches {
        let (changed, what) = apply_one(model, &patch.change);
        if !changed {
            return Err(Failure::new(format!("the patch of {what} changes nothing; remove or correct it")));
        }
    }
    Ok(())
}

/// Whether the patch changed anything, and what it is about.
fn apply_one(model: &mut ServiceModel, change: &Change) -> (bool, &'static str) {
    match *change {
        EnumValue { shape, value } => {
            let found = model.shapes.get_mut(shape).filter(|found| !found.values.iter().any(|known| known == value));
            (found.map(|found| found.values.push(value.to_owned())).is_some(), shape)
        }
        Pattern { shape, from, to } => {
            let found = model.shapes.get_mut(shape).filter(|found| found.pattern.as_deref() == Some(from));
            (found.map(|found| found.pattern = Some(to.to_owned())).is_some(), shape)
        }
        Unsigned { operation } => (set_authtype(model, operation, UNSIGNED), operation),
        SignedOrClient { operation } => (set_authtype(model, operation, SIGNED_OR_CLIENT), operation),
        Required { shape, member } => {
            let found = model.shapes.get_mut(shape).filter(|found| found.members.contains_key(member));
            (found.is_some_and(|found| found.required.insert(member.to_owned())), shape)
        }
        OperationError { operation, error } => {
            (model.operations.get_mut(operation).is_some_and(|found| add_error(&mut found.errors, error)), operation)
        }
        EveryOperation { error } => {
            let mut changed = false;
            for operation in model.operations.values_mut() {
                changed |= add_error(&mut operation.errors, error);
            }
            (changed, error)
        }
    }
}

/// Whether the operation demanded a signature.
fn set_authtype(model: &mut ServiceModel, operation: &str, authtype: &str) -> bool {
    let found = model.operations.get_mut(operation).filter(|found| found.authtype.is_none());
    found.map(|found| found.authtype = Some(authtype.to_owned())).is_some()
}

/// Whether the error was missing.
fn add_error(errors: &mut Vec<ShapeRef>, error: &str) -> bool {
    let missing = !errors.iter().any(|known| known.shape == error);
    if missing {
        errors.push(ShapeRef { shape: error.to_owned() });
    }
    missing
}
