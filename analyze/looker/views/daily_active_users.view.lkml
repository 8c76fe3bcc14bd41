# Written by `make bi` from the dbt project; a change here is lost.

view: daily_active_users {
  label: "Active users"

  derived_table: {
    sql: select
        *,
        active_on = max(active_on) over (
          partition by 1
          {% if daily_active_users.active_on_date._is_selected %}, active_on{% endif %}
          {% if daily_active_users.active_on_week._is_selected %}, date_trunc('week', active_on){% endif %}
          {% if daily_active_users.active_on_month._is_selected %}, date_trunc('month', active_on){% endif %}
          {% if daily_active_users.active_on_quarter._is_selected %}, date_trunc('quarter', active_on){% endif %}
          {% if daily_active_users.active_on_year._is_selected %}, date_trunc('year', active_on){% endif %}
        ) as is_closing
      from @{schema}.daily_active_users
      where
        {% condition daily_active_users.active_on_date %} active_on {% endcondition %}
        and {% condition daily_active_users.active_on_week %} active_on {% endcondition %}
        and {% condition daily_active_users.active_on_month %} active_on {% endcondition %}
        and {% condition daily_active_users.active_on_quarter %} active_on {% endcondition %}
        and {% condition daily_active_users.active_on_year %} active_on {% endcondition %} ;;
  }

  dimension_group: active_on {
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
    description: "The day (UTC)."
    sql: ${TABLE}.active_on ;;
  }

  measure: dau {
    label: "Daily active users"
    description: "Different users with a play on the last day asked for. A day counts once it is over; a play counts on the day it started. Trap: Days are not added up. Over a month it is the number of its last day that is over."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_closing then ${TABLE}.dau end ;;
  }

  measure: wau {
    label: "Weekly active users"
    description: "Different users with a play on the last day asked for or the days before it. Trap: Days are not added up. Over a month it is the number of its last day that is over."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_closing then ${TABLE}.wau end ;;
  }

  measure: mau {
    label: "Monthly active users"
    description: "Different users with a play on the last day asked for or the days before it, four whole weeks in all, so that each weekday is in it equally often. Trap: Days are not added up. Over a month it is the number of its last day that is over."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_closing then ${TABLE}.mau end ;;
  }

  measure: mean_dau {
    label: "Mean daily active users"
    description: "Mean of dau over the days asked for that are over."
    value_format: "#,##0.00"
    type: average
    sql: ${TABLE}.dau ;;
  }

  measure: stickiness {
    label: "Stickiness"
    description: "dau as a share of mau on the last day asked for: on how many days of a month the average active user comes, as a share."
    value_format: "0.0%"
    type: number
    sql: ${dau}::float / nullif(${mau}, 0) ;;
  }
}
