//! Where the model comes from: the `botocore` package of `PyPI`, pinned by version and by the digest of each file.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Failure;
use super::service::ServiceModel;

const VERSION: &str = "1.44.5";

/// A service: the file inside the package and the SHA-256 of its uncompressed JSON.
struct Source {
    cached: &'static str,
    member: &'static str,
    sha256: &'static str,
}

const IDP: Source = Source {
    cached: "cognito-idp.json",
    member: "botocore/data/cognito-idp/2016-04-18/service-2.json",
    sha256: "104a1b2a76681dd5c6e47598640c7f15e1b7dd4b16a11d28bffc9d2b5c9b3ab0",
};

const IDENTITY: Source = Source {
    cached: "cognito-identity.json",
    member: "botocore/data/cognito-identity/2014-06-30/service-2.json",
    sha256: "2cfb6995b06c70ab8e9a5c7c1c0612f4212ba3c355f40d033a2b9ae323ff9fc5",
};

const STS: Source = Source {
    cached: "sts.json",
    member: "botocore/data/sts/2011-06-15/service-2.json",
    sha256: "d97a08aa49223dee070009624c1d70f5b6af6ccc43220cc30ff566d5f02f3c0b",
};

const IAM: Source = Source {
    cached: "iam.json",
    member: "botocore/data/iam/2010-05-08/service-2.json",
    sha256: "951ee47e135ddb432441e9ceb67cfe3ece38feb34c321c6bf05b037880666b3b",
};

/// The models of all services.
pub(super) struct Models {
    pub(super) idp: ServiceModel,
    pub(super) identity: ServiceModel,
    pub(super) sts: ServiceModel,
    pub(super) iam: ServiceModel,
}

/// Arguments: wheel folder, member, destination, digest. A digest that differs leaves nothing behind.
const EXTRACT: &str = r#"
import glob, gzip, hashlib, os, sys, zipfile
folder, member, target, digest = sys.argv[1:]
wheel, = glob.glob(os.path.join(folder, "botocore-*.whl"))
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    data = archive.read(member) if member in names else gzip.decompress(archive.read(member + ".gz"))
if hashlib.sha256(data).hexdigest() != digest:
    sys.exit("digest of " + member + " is not the pinned one")
with open(target + ".part", "wb") as file:
    file.write(data)
os.replace(target + ".part", target)
"#;

/// The models, downloaded if they are not in the cache.
pub(super) fn load() -> Result<Models, Failure> {
    let home = std::env::var_os("HOME").ok_or_else(|| Failure::new("HOME is not set"))?;
    let folder = PathBuf::from(home).join(".cache/stepwell").join(format!("botocore-{VERSION}"));
    Ok(Models {
        idp: load_one(&folder, &IDP)?,
        identity: load_one(&folder, &IDENTITY)?,
        sts: load_one(&folder, &STS)?,
        iam: load_one(&folder, &IAM)?,
    })
}

fn load_one(folder: &Path, source: &Source) -> Result<ServiceModel, Failure> {
    let path = folder.join(source.cached);
    if !path.exists() {
        fetch(folder, source, &path)?;
    }
    let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    serde_json::from_str(&text).map_err(|e| Failure::new(format!("{}: {e}", path.display())))
}

fn fetch(folder: &Path, source: &Source, target: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::new(format!("{}: {e}", folder.display())))?;
    let package = format!("botocore=={VERSION}");
    let wheel = folder.join(format!("botocore-{VERSION}-py3-none-any.whl"));
    if !wheel.exists() {
        let arguments = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"];
        run(Command::new("python3").args(arguments).arg(folder).arg(package))?;
    }
    run(Command::new("python3").arg("-c").arg(EXTRACT).arg(folder).arg(source.member).arg(target).arg(source.sha256))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("python3 ended with {status}"))),
        Err(error) => Err(Failure::new(format!("python3 does not run: {error}"))),
    }
}
