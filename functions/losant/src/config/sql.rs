//! SQL databases.

use latchkey::Result;

use super::port::Port;
use super::{Rules, SecretText, Text};

config! {
    /// SQL databases.
    SqlConfig {
        public {
            system "system": SqlSystem, required;
            host "host": Text<1, 256>, required;
            port "port": Port;
            username "username": Text<1, 256>, required;
            secure_connection "secureConnection": bool;
            ca_certificate "caCertificate": Text<0, 8_196>;
            disable_ssl_verification "disableSSLVerification": bool;
        }
        secret {
            password "password": SecretText<1, 256>, required;
        }
    }
}

latchkey::choice! {
    /// The kind of database.
    pub(crate) enum SqlSystem {
        /// Microsoft SQL Server.
        Mssql "mssql",
        /// MySQL.
        Mysql "mysql",
        /// PostgreSQL.
        Pg "pg",
    }
}

impl Rules for SqlConfig {
    /// Removes the port if it is null.
    fn complete(&mut self) -> Result<()> {
        self.port = self.port.filter(|port| port.0.is_some());
        Ok(())
    }
}
