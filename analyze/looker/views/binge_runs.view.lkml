# Written by `make bi` from the dbt project; a change here is lost.

view: binge_runs {
  label: "Binge runs"
  sql_table_name: @{schema}.binge_runs ;;

  dimension: first_play_id {
    type: string
    description: "Key of the run's first play, and so of the run."
    sql: ${TABLE}.first_play_id ;;
    primary_key: yes
    hidden: yes
  }

  dimension: profile_id {
    type: string
    description: "Profile that watched."
    sql: ${TABLE}.profile_id ;;
  }

  dimension: user_id {
    type: string
    description: "User who owns the profile."
    sql: ${TABLE}.user_id ;;
  }

  dimension: title_key {
    type: string
    description: "Series watched."
    sql: ${TABLE}.title_key ;;
    hidden: yes
  }

  dimension: first_episode_key {
    type: string
    description: "Episode that was played first."
    sql: ${TABLE}.first_episode_key ;;
  }

  dimension: last_episode_key {
    type: string
    description: "Episode that was played last."
    sql: ${TABLE}.last_episode_key ;;
  }

  dimension: play_count {
    type: number
    description: "Plays in the run."
    sql: ${TABLE}.play_count ;;
  }

  dimension: watched_hours {
    type: number
    description: "Hours watched in the run, rounded."
    sql: ${TABLE}.watched_hours ;;
  }

  dimension: elapsed_seconds {
    type: number
    description: "Seconds from the start of the first play to the end of the last, with its gaps."
    sql: ${TABLE}.elapsed_seconds ;;
  }

  dimension_group: started_on {
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
    description: "Day the run started (UTC)."
    sql: ${TABLE}.started_on ;;
  }

  dimension_group: started_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
      month,
      quarter,
      year,
    ]
    convert_tz: no
    datatype: datetime
    description: "When the first play started (UTC)."
    sql: ${TABLE}.started_at ;;
  }

  dimension_group: ended_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
      month,
      quarter,
      year,
    ]
    convert_tz: no
    datatype: datetime
    description: "When the last play ended (UTC); a play of which no end is known ends after the seconds watched."
    sql: ${TABLE}.ended_at ;;
  }

  measure: binges {
    label: "Binges"
    description: "Runs of plays of different episodes of one series by one profile, without a long gap."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.first_play_id is not null then 1 else 0 end ;;
  }

  measure: binged_episodes {
    label: "Binged episodes"
    description: "Different episodes watched in binges; the same one in two binges counts twice."
    value_format: "#,##0"
    type: sum
    sql: ${TABLE}.episode_count ;;
  }

  measure: episodes_per_binge {
    label: "Episodes per binge"
    description: "Different episodes in a binge, on average."
    value_format: "#,##0.00"
    type: number
    sql: ${binged_episodes}::float / nullif(${binges}, 0) ;;
  }

  measure: binged_hours {
    label: "Hours binged"
    description: "Hours watched in binges. A binge counts whole on the day it started."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.watched_seconds / 3600 ;;
  }
}
