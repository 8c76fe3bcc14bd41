# Written by `make bi` from the dbt project; a change here is lost.

view: monthly_churn {
  label: "Churn"
  sql_table_name: @{schema}.monthly_churn ;;

  dimension: month_country_key {
    type: string
    description: "Key of the row: month and country."
    sql: ${TABLE}.month_country_key ;;
    primary_key: yes
    hidden: yes
  }

  dimension: country {
    type: string
    description: "Country of the account as it is now (ISO 3166-1 alpha-2), or unknown. When a user moves, so does what they paid before."
    sql: ${TABLE}.country ;;
  }

  dimension: reporting_currency {
    type: string
    description: "Currency of the amounts (ISO 4217; var reporting_currency)."
    sql: ${TABLE}.reporting_currency ;;
  }

  dimension: started_trial_count {
    type: number
    description: "Trials that started in the month."
    sql: ${TABLE}.started_trial_count ;;
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

  measure: starting_customers {
    label: "Customers at the start"
    description: "Paying customers at the close of the month before. Trap: A base to divide by. Over several months it counts a customer once in each."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.starting_customer_count ;;
  }

  measure: lost_customers {
    label: "Lost customers"
    description: "Customers who paid at the close of the month before and no longer do at this one."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.churned_customer_count ;;
  }

  measure: customer_churn_rate {
    label: "Customer churn rate"
    description: "Lost customers as a share of those at the start of the month. New customers are in neither. Over several months it is the mean monthly rate, weighted by customers. Trap: Divide sums; a mean of the rates of countries or months is another number."
    value_format: "0.0%"
    type: number
    sql: ${lost_customers}::float / nullif(${starting_customers}, 0) ;;
  }

  measure: starting_mrr {
    label: "MRR at the start"
    description: "MRR at the close of the month before. Trap: A base to divide by, as starting_customers."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.starting_mrr ;;
  }

  measure: lost_mrr {
    label: "Lost MRR"
    description: "What the lost customers had paid a month."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.churned_mrr ;;
  }

  measure: revenue_churn_rate {
    label: "Revenue churn rate"
    description: "What the lost customers had paid as a share of MRR at the start of the month."
    value_format: "0.0%"
    type: number
    sql: ${lost_mrr}::float / nullif(${starting_mrr}, 0) ;;
  }

  measure: converted_trials {
    label: "Converted trials"
    description: "Trials that ended with a subscription that is paid for."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.converted_trial_count ;;
  }

  measure: decided_trials {
    label: "Decided trials"
    description: "Trials that ended, with a subscription or without."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.converted_trial_count + ${TABLE}.lapsed_trial_count ;;
  }

  measure: trial_conversion_rate {
    label: "Trial conversion rate"
    description: "Converted trials as a share of the trials that ended in the month."
    value_format: "0.0%"
    type: number
    sql: ${converted_trials}::float / nullif(${decided_trials}, 0) ;;
  }
}
