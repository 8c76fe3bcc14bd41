# Written by `make bi` from the dbt project; a change here is lost.
project_name: "streaming_analytics"

# Set these for your instance; nothing else names an account.
constant: connection {
  value: "your_snowflake_connection"
  export: override_required
}

constant: schema {
  value: "ANALYTICS.STREAMING"
  export: override_optional
}
