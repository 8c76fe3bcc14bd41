# Written by `make bi` from the dbt project; a change here is lost.

view: churn_reasons {
  label: "Churn reasons"
  sql_table_name: @{schema}.churn_reasons ;;

  dimension: month_country_reason_key {
    type: string
    description: "Key of the row: month, country and reason."
    sql: ${TABLE}.month_country_reason_key ;;
    primary_key: yes
    hidden: yes
  }

  dimension: country {
    type: string
    description: "Country of the account as it is now (ISO 3166-1 alpha-2), or unknown. When a user moves, so does what they paid before."
    sql: ${TABLE}.country ;;
  }

  dimension: churn_reason {
    type: string
    description: "Why the last subscription ended: the reason the customer gave, not_paid (expired), account_erased, plan_change_not_made (announced, but nothing followed), not_stated, or not_paying when a subscription runs on that brings nothing."
    sql: ${TABLE}.churn_reason ;;
  }

  dimension: reporting_currency {
    type: string
    description: "Currency of the amounts (ISO 4217; var reporting_currency)."
    sql: ${TABLE}.reporting_currency ;;
  }

  dimension: churned_mrr {
    type: number
    description: "What they had paid a month."
    sql: ${TABLE}.churned_mrr ;;
  }

  dimension: is_month_over {
    type: yesno
    description: "Whether the last day of the month is over; the running month is as it stands after its last whole day."
    sql: ${TABLE}.is_month_over ;;
  }

  dimension_group: month_starts_on {
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
    description: "First day of the month."
    sql: ${TABLE}.month_starts_on ;;
  }

  measure: customers_lost_by_reason {
    label: "Customers lost by reason"
    description: "Lost customers, to be grouped by churn_reason_month__churn_reason; all reasons together are lost_customers."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.churned_customer_count ;;
  }
}
