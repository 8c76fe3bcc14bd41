# Written by `make bi` from the dbt project; a change here is lost.

view: fct_plays {
  label: "Plays"
  sql_table_name: @{schema}.fct_plays ;;

  dimension: play_id {
    type: string
    description: "Key of the play, the session_id of its session."
    sql: ${TABLE}.play_id ;;
    primary_key: yes
    hidden: yes
  }

  dimension: profile_id {
    type: string
    description: "Profile that watched; null once the profile or its user is erased."
    sql: ${TABLE}.profile_id ;;
  }

  dimension: user_id {
    type: string
    description: "User whose profile watched; null once the profile or the user is erased."
    sql: ${TABLE}.user_id ;;
  }

  dimension: title_key {
    type: string
    description: "Title watched."
    sql: ${TABLE}.title_key ;;
    hidden: yes
  }

  dimension: episode_key {
    type: string
    description: "Episode watched, by the key of dim_episodes, which may not have it; null for a film."
    sql: ${TABLE}.episode_key ;;
  }

  dimension: device {
    type: string
    description: "Kind of device: tv, mobile, tablet, web or console."
    sql: ${TABLE}.device ;;
  }

  dimension: country {
    type: string
    description: "Country the session was played in (ISO 3166-1 alpha-2)."
    sql: ${TABLE}.country ;;
  }

  dimension: furthest_seconds {
    type: number
    description: "Where in the video the play stopped, in seconds; the watched seconds when the player did not say. Counts from the start of the video, so a film begun on another day is not begun again."
    sql: ${TABLE}.furthest_seconds ;;
  }

  dimension: runtime_seconds {
    type: number
    description: "Running time of the episode, else of the title, in seconds; null when unknown."
    sql: ${TABLE}.runtime_seconds ;;
  }

  dimension: is_complete {
    type: yesno
    description: "Whether the play reached the end or the credits (vars complete_play_ratio, credits_seconds and credits_maximum_ratio); false without a running time."
    sql: ${TABLE}.is_complete ;;
  }

  dimension: is_anonymised {
    type: yesno
    description: "Whether the profile or its user was erased and the play kept without them."
    sql: ${TABLE}.is_anonymised ;;
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
    description: "Day playback started (UTC); a play over midnight belongs to it as a whole."
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
    description: "When playback started (UTC)."
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
    description: "When playback ended (UTC); null when the player never said."
    sql: ${TABLE}.ended_at ;;
  }

  measure: plays {
    label: "Plays"
    description: "Sessions in which enough was watched to count."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.play_id is not null then 1 else 0 end ;;
  }

  measure: complete_plays {
    label: "Complete plays"
    description: "Plays that reached the end of the title or episode, or its credits."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_complete then 1 else 0 end ;;
  }

  measure: measured_plays {
    label: "Measured plays"
    description: "Plays of which the running time is known, and so how far they got."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.progress is not null then 1 else 0 end ;;
  }

  measure: measured_share {
    label: "Share of measured plays"
    description: "Plays of which the running time is known as a share of all. As much as this lacks to 1, completion_rate is too low."
    value_format: "0.0%"
    type: number
    sql: ${measured_plays}::float / nullif(${plays}, 0) ;;
  }

  measure: completion_rate {
    label: "Completion rate"
    description: "Complete plays as a share of all plays, as in daily_title_engagement. Plays without a known running time count as not complete."
    value_format: "0.0%"
    type: number
    sql: ${complete_plays}::float / nullif(${plays}, 0) ;;
  }

  measure: average_progress {
    label: "Average progress"
    description: "Mean share of the running time that plays reached, at most 1 each. Plays of unknown running time are left out."
    value_format: "0.0%"
    type: average
    sql: ${TABLE}.progress ;;
  }

  measure: viewers {
    label: "Viewers"
    description: "Different users with a play in the whole period asked for. Users who have been erased are in none. Trap: The viewers of days, devices or titles do not add up, since one person may be in several."
    value_format: "#,##0"
    type: count_distinct
    sql: ${TABLE}.user_id ;;
  }

  measure: played_hours {
    label: "Hours played"
    description: "Hours watched in plays."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.watched_seconds / 3600 ;;
  }

  measure: hours_per_viewer {
    label: "Hours per viewer"
    description: "Hours watched in plays, by everybody, per viewer. Plays of erased users have hours and no viewer."
    value_format: "#,##0.00"
    type: number
    sql: ${played_hours}::float / nullif(${viewers}, 0) ;;
  }
}
