# Written by `make bi` from the dbt project; a change here is lost.

view: fct_viewing_sessions {
  label: "Viewing sessions"
  sql_table_name: @{schema}.fct_viewing_sessions ;;

  dimension: session_id {
    type: string
    description: "Key of the session (UUID)."
    sql: ${TABLE}.session_id ;;
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

  dimension: app_version {
    type: string
    description: "Version of the player."
    sql: ${TABLE}.app_version ;;
  }

  dimension: country {
    type: string
    description: "Country the session was played in (ISO 3166-1 alpha-2)."
    sql: ${TABLE}.country ;;
  }

  dimension: season_number {
    type: number
    description: "Season of a series; null for a film."
    sql: ${TABLE}.season_number ;;
  }

  dimension: episode_number {
    type: number
    description: "Episode within the season; null for a film."
    sql: ${TABLE}.episode_number ;;
  }

  dimension: elapsed_seconds {
    type: number
    description: "Seconds between start and end; null when the end is not known."
    sql: ${TABLE}.elapsed_seconds ;;
  }

  dimension: position_seconds {
    type: number
    description: "Where in the video the session stopped, in seconds."
    sql: ${TABLE}.position_seconds ;;
  }

  dimension: bitrate_kbps {
    type: number
    description: "Mean bit rate, in kbit/s."
    sql: ${TABLE}.bitrate_kbps ;;
  }

  dimension: is_play {
    type: yesno
    description: "Whether enough was watched to call it a play (var play_minimum_seconds)."
    sql: ${TABLE}.is_play ;;
  }

  dimension: is_without_end {
    type: yesno
    description: "Whether the player never said when playback ended."
    sql: ${TABLE}.is_without_end ;;
  }

  dimension: is_late {
    type: yesno
    description: "Whether the app learned of the session long after it started (var late_arrival_hours)."
    sql: ${TABLE}.is_late ;;
  }

  dimension: is_anonymised {
    type: yesno
    description: "Whether the profile or its user was erased and the session kept without them."
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
    description: "Day playback started (UTC); a session over midnight belongs to it as a whole."
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

  measure: hours_viewed {
    label: "Hours viewed"
    description: "Hours watched in all sessions that break no rule, short ones too. Watching something again counts again. A session counts whole on the day it started."
    value_format: "#,##0.00"
    type: sum
    sql: ${TABLE}.watched_seconds / 3600 ;;
  }

  measure: sessions {
    label: "Sessions"
    description: "Sessions that break no rule, short ones too."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.session_id is not null then 1 else 0 end ;;
  }

  measure: late_session_share {
    label: "Share of late sessions"
    description: "Sessions that reached the app long after they started, as a share of all. As many as this may still be missing from the newest days."
    value_format: "0.0%"
    type: number
    sql: ${late_sessions}::float / nullif(${sessions}, 0) ;;
  }

  measure: late_sessions {
    label: "Late sessions"
    description: "Sessions that reached the app long after they started."
    value_format: "#,##0"
    type: sum
    sql: case when ${TABLE}.is_late then 1 else 0 end ;;
  }

  measure: tv_hours_viewed {
    label: "Hours viewed on TV sets"
    description: "Hours viewed on television sets."
    value_format: "#,##0.00"
    type: sum
    sql: case when ${TABLE}.device = 'tv' then ${TABLE}.watched_seconds / 3600 end ;;
  }

  measure: tv_share_of_hours {
    label: "Share of hours on TV sets"
    description: "Hours viewed on television sets as a share of all. For other devices, group hours_viewed by session__device."
    value_format: "0.0%"
    type: number
    sql: ${tv_hours_viewed}::float / nullif(${hours_viewed}, 0) ;;
  }
}
