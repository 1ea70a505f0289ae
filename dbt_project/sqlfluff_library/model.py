"""Stand-in for dbt's `model` while sqlfluff renders one."""

unique_id = "model.moow.this"
package_name = "moow"
