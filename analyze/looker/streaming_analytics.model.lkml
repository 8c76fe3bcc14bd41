# Written by `make bi` from the dbt project; a change here is lost.
# Left out: binge_share_of_hours. It divides numbers of two explores (binge_runs and fct_plays); merge their results.

connection: "@{connection}"
label: "Streaming analytics"
week_start_day: monday
include: "/views/*.view.lkml"

explore: daily_active_users {
  label: "Active users"
  description: "One row per day (UTC) that is over, from the first on which anybody was active; a day without anybody is a row with 0. A user is active on a day with at least one play that started on it. Each number counts different users: none of them is a sum of others, and they must not be added up over days. A day changes when late sessions arrive or a user is erased. Answers: how many people use the service, and how often."
}

explore: binge_runs {
  label: "Binge runs"
  description: "One row per binge: a run of plays of at least var binge_minimum_episodes different episodes of one series by one profile, each started within var binge_gap_hours of the end of those before. Answers: which series are watched in one go, how many episodes at a time, by whom. Plays of erased profiles are in none."

  join: dim_titles {
    type: left_outer
    relationship: many_to_one
    sql_on: ${binge_runs.title_key} = ${dim_titles.title_key} ;;
  }
}

explore: monthly_churn {
  label: "Churn"
  description: "One row per month and country, from the first subscription there to the running month. A customer is lost in the month at whose close they no longer pay, having paid at the close of the month before; those who change the plan, or come back before the close, are not. Trials that were never paid are counted apart. To add up countries, add up the counts and divide anew; why customers left is in churn_reasons. Answers: which share of customers leaves, and how many trials are kept."
}

explore: churn_reasons {
  label: "Churn reasons"
  description: "One row per month, country and reason for which customers were lost in that month, as monthly_churn counts them. Answers: why do customers leave."
}

explore: fct_plays {
  label: "Plays"
  description: "One row per valid play: a session of fct_viewing_sessions with enough watched seconds (var play_minimum_seconds). Says how much of the film or episode was reached. Answers: what do people watch to the end, and where do they stop."

  join: dim_titles {
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_plays.title_key} = ${dim_titles.title_key} ;;
  }
}

explore: monthly_recurring_revenue {
  label: "Recurring revenue"
  description: "One row per month and country, from the first subscription there to the running month. MRR is the sum of the monthly prices of the subscriptions that are paid for at the close of the month's last day, at planning rates; not invoices. Trials bring nothing, past due ones count until they expire. starting_mrr and the five movements add up to ending_mrr, with which the next month starts. Countries can be added up. Answers: how much do customers pay a month, and what made it more or less."
}

explore: retention_cohorts {
  label: "Retention"
  description: "One row per month of sign-up and month since then that is over. Months are calendar months (UTC), month 0 is that of the sign-up. A user is active in a month with at least one play. A month that is not over has no row, nor has one before the first play that is known; one in which nobody of the cohort was active has 0. Erased users are in no cohort. Answers: how many of those who signed up in a month still watch n months later."
}

explore: fct_viewing_sessions {
  label: "Viewing sessions"
  description: "One row per viewing session that breaks no rule; the others are in quarantined_rows, with the reason. Holds facts of the session alone; what depends on running times is in fct_plays. Answers: what was watched, when, where, on what, for how long."

  join: dim_titles {
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_viewing_sessions.title_key} = ${dim_titles.title_key} ;;
  }
}
