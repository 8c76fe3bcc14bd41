# Written by `make bi` from the dbt project; a change here is lost.

view: retention_cohorts {
  label: "Retention"
  sql_table_name: @{schema}.retention_cohorts ;;

  dimension: cohort_month_key {
    type: string
    description: "Key of the row: month of sign-up and number of months since."
    sql: ${TABLE}.cohort_month_key ;;
    primary_key: yes
    hidden: yes
  }

  dimension: months_since_signup {
    type: number
    description: "Calendar months since that of the sign-up, from 0."
    sql: ${TABLE}.months_since_signup ;;
  }

  dimension_group: cohort_month {
    type: time
    timeframes: [
      raw,
      date,
      week,
      month,
      quarter,
      year,
    ]
    convert_tz: no
    datatype: date
    description: "First day of the month of sign-up."
    sql: ${TABLE}.cohort_month ;;
  }

  dimension_group: active_month {
    type: time
    timeframes: [
      raw,
      date,
      week,
      month,
      quarter,
      year,
    ]
    convert_tz: no
    datatype: date
    description: "First day of the month in which they were active."
    sql: ${TABLE}.active_month ;;
  }

  measure: cohort_users {
    label: "Cohort users"
    description: "Users who signed up in the month of the cohort and are not erased. Trap: To be grouped by cohort__months_since_signup, else a user counts once for each month."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.cohort_size ;;
  }

  measure: retained_users {
    label: "Retained users"
    description: "How many of a cohort had a play in the month. Trap: To be grouped by cohort__months_since_signup, as cohort_users."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.active_user_count ;;
  }

  measure: retention_rate {
    label: "Retention rate"
    description: "Retained users as a share of their cohorts. metric_time is the month of sign-up. Trap: To be grouped by cohort__months_since_signup. A month that is not over is missing, not 0."
    value_format: "0.0%"
    type: number
    sql: ${retained_users}::float / nullif(${cohort_users}, 0) ;;
  }
}
