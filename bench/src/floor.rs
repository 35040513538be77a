//! The floor: the private-key work that a sign-in cannot do without, as `openssl speed` times it on this machine in this
//! minute.

use std::process::Command;

use crate::Failure;

/// Seconds of CPU time for one operation of each kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor {
    /// One RSA-2048 signature.
    pub(crate) signature: f64,
    /// One 3072-bit exponentiation.
    pub(crate) exponentiation: f64,
}

/// What a flow's floor is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) signatures: u8,
    pub(crate) exponentiations: u8,
}

impl Floor {
    /// Times both operations for a second each.
    pub(crate) fn measure() -> Result<Self, Failure> {
        // By default openssl reports its own CPU time, which is what is wanted on a machine with other tenants.
        let output = Command::new("openssl").args(["speed", "-mr", "-seconds", "1", "rsa2048", "ffdh3072"]).output();
        let output = output.map_err(|error| format!("openssl: {error}"))?;
        let text = [output.stdout, output.stderr].concat();
        Self::read(&String::from_utf8_lossy(&text))
    }

    /// Reads the machine-readable form: `+R<kind>:<count>:<bits>:<seconds>`, where kind 1 is an RSA private operation.
    fn read(text: &str) -> Result<Self, Failure> {
        let results: Vec<(&str, &str, f64)> = text
            .lines()
            .filter_map(|line| {
                let mut fields = line.strip_prefix("+R")?.split(':');
                let (kind, count) = (fields.next()?, fields.next()?.parse::<f64>().ok()?);
                let (bits, seconds) = (fields.next()?, fields.next()?.parse::<f64>().ok()?);
                (count > 0.0).then_some((kind, bits, seconds / count))
            })
            .collect();
        let find = |wanted: &dyn Fn(&str, &str) -> bool, name: &str| {
            let found = results.iter().find(|(kind, bits, _)| wanted(kind, bits)).map(|(_, _, each)| *each);
            found.ok_or_else(|| {
                Failure::from(format!("openssl speed did not time {name} (OpenSSL 3 is needed):\n{text}"))
            })
        };
        Ok(Self {
            signature: find(&|kind, bits| kind == "1" && bits == "2048", "rsa2048")?,
            exponentiation: find(&|_, bits| bits == "3072", "ffdh3072")?,
        })
    }

    /// The mean of two, taken before and after a round of load.
    pub(crate) fn between(self, after: Self) -> Self {
        Self {
            signature: f64::midpoint(self.signature, after.signature),
            exponentiation: f64::midpoint(self.exponentiation, after.exponentiation),
        }
    }

    /// The floor of this much work, in seconds.
    pub(crate) fn of(self, work: Work) -> f64 {
        f64::from(work.signatures) * self.signature + f64::from(work.exponentiations) * self.exponentiation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_openssl_prints() {
        let text = "+DTP:2048:private:rsa:1\n+R1:4000:2048:1.00\n+DTP:2048:public:rsa:1\n+R2:60000:2048:0.99\n\
                    +DTP:3072::ffdh:1\n+R12:500:3072:1.00\n+F2:2:2048:4000.0:60606.0\n+F8:1:3072:500.0:0.002\n";
        let floor = Floor::read(text).unwrap();
        let is = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(is(floor.signature, 0.000_25) && is(floor.exponentiation, 0.002));
        assert!(is(floor.of(Work { signatures: 2, exponentiations: 3 }), 0.006_5));
        assert!(Floor::read("speed: unknown algorithm").is_err());
    }
}
