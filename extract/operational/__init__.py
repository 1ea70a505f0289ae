"""The operator's own database: MySQL, MariaDB or SQLite."""
