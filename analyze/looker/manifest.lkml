# Written by `make bi` from the dbt project; a change here is lost.
project_name: "streaming_analytics"

# The name of the connection in Looker, and where the marts are. Nothing else names an account.
constant: connection {
  value: "streaming_analytics"
  export: override_optional
}

constant: schema {
  value: "ANALYTICS.STREAMING"
  export: override_optional
}
