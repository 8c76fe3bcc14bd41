# Written by `make bi` from the dbt project; a change here is lost.

view: monthly_recurring_revenue {
  label: "Recurring revenue"

  derived_table: {
    sql: select
        *,
        month_starts_on = max(month_starts_on) over (
          partition by 1
          {% if monthly_recurring_revenue.month_starts_on_date._is_selected %}, month_starts_on{% endif %}
          {% if monthly_recurring_revenue.month_starts_on_week._is_selected %}, date_trunc('week', month_starts_on){% endif %}
          {% if monthly_recurring_revenue.month_starts_on_month._is_selected %}, date_trunc('month', month_starts_on){% endif %}
          {% if monthly_recurring_revenue.month_starts_on_quarter._is_selected %}, date_trunc('quarter', month_starts_on){% endif %}
          {% if monthly_recurring_revenue.month_starts_on_year._is_selected %}, date_trunc('year', month_starts_on){% endif %}
        ) as is_closing
      from @{schema}.monthly_recurring_revenue
      where
        {% condition monthly_recurring_revenue.country %} country {% endcondition %}
        and {% condition monthly_recurring_revenue.reporting_currency %} reporting_currency {% endcondition %}
        and {% condition monthly_recurring_revenue.is_month_over %} is_month_over {% endcondition %}
        and {% condition monthly_recurring_revenue.month_starts_on_date %} month_starts_on {% endcondition %}
        and {% condition monthly_recurring_revenue.month_starts_on_week %} month_starts_on {% endcondition %}
        and {% condition monthly_recurring_revenue.month_starts_on_month %} month_starts_on {% endcondition %}
        and {% condition monthly_recurring_revenue.month_starts_on_quarter %} month_starts_on {% endcondition %}
        and {% condition monthly_recurring_revenue.month_starts_on_year %} month_starts_on {% endcondition %} ;;
  }

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

  dimension: starting_customer_count {
    type: number
    description: "Paying customers at the close of the month before."
    sql: ${TABLE}.starting_customer_count ;;
  }

  dimension: reactivated_customer_count {
    type: number
    description: "Customers who had paid before, but not at the close of the month before."
    sql: ${TABLE}.reactivated_customer_count ;;
  }

  dimension: expanded_customer_count {
    type: number
    description: "Customers who pay more than at the close of the month before."
    sql: ${TABLE}.expanded_customer_count ;;
  }

  dimension: contracted_customer_count {
    type: number
    description: "Customers who pay less than at the close of the month before."
    sql: ${TABLE}.contracted_customer_count ;;
  }

  dimension: churned_customer_count {
    type: number
    description: "Customers who paid at the close of the month before and not at this one."
    sql: ${TABLE}.churned_customer_count ;;
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

  measure: mrr {
    label: "Monthly recurring revenue"
    description: "What customers pay a month at the close of the last month asked for, at planning rates; not invoices. Trials bring nothing, past due subscriptions count until they expire. Trap: Months are not added up; a quarter has the value of its last month. The running month is as it stands (revenue_month__is_month_over)."
    value_format: "#,##0.00"
    type: sum
    sql: case when ${TABLE}.is_closing then ${TABLE}.ending_mrr end ;;
  }

  measure: paying_customers {
    label: "Paying customers"
    description: "Customers who pay at the close of the last month asked for. Trap: Months are not added up, as for mrr."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_closing then ${TABLE}.ending_customer_count end ;;
  }

  measure: average_revenue_per_customer {
    label: "Average revenue per customer"
    description: "MRR per paying customer."
    value_format: "#,##0.00"
    type: number
    sql: ${mrr}::float / nullif(${paying_customers}, 0) ;;
  }

  measure: new_mrr {
    label: "New MRR"
    description: "MRR of customers who had never paid at the close of a month. Trap: The five movements add up to the change of mrr."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.new_mrr ;;
  }

  measure: reactivation_mrr {
    label: "Reactivation MRR"
    description: "MRR of customers who had paid before, but not at the close of the month before. Trap: The five movements add up to the change of mrr."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.reactivation_mrr ;;
  }

  measure: expansion_mrr {
    label: "Expansion MRR"
    description: "By how much customers who stayed pay more. Trap: The five movements add up to the change of mrr."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.expansion_mrr ;;
  }

  measure: contraction_mrr {
    label: "Contraction MRR"
    description: "By how much customers who stayed pay less, as a negative amount. Trap: The five movements add up to the change of mrr."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.contraction_mrr ;;
  }

  measure: churn_mrr {
    label: "Churned MRR"
    description: "MRR of customers who were lost, as a negative amount. Trap: The five movements add up to the change of mrr."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.churn_mrr ;;
  }

  measure: new_customers {
    label: "New customers"
    description: "Customers who had never paid at the close of a month."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.new_customer_count ;;
  }
}
