# Written by `make bi` from the dbt project; a change here is lost.

view: dim_titles {
  label: "Titles"
  sql_table_name: @{schema}.dim_titles ;;

  dimension: title_key {
    type: string
    description: "Key of the title: app-… for every title of the service, else tmdb-film-… or tmdb-series-…, else tvmaze-…, sa-… or watchmode-…: the first source that has the title names it."
    sql: ${TABLE}.title_key ;;
    primary_key: yes
    hidden: yes
  }

  dimension: title_id {
    type: number
    description: "Key of the title in the app; null for a title that the service does not have."
    sql: ${TABLE}.title_id ;;
  }

  dimension: tmdb_id {
    type: number
    description: "TMDB id: of TMDB's record, else the one that other sources name. Films and series are numbered apart: it takes tmdb_title_type and tmdb_id to lead to a title."
    sql: ${TABLE}.tmdb_id ;;
  }

  dimension: tvmaze_id {
    type: number
    description: "TVmaze id of the show; null without a match."
    sql: ${TABLE}.tvmaze_id ;;
  }

  dimension: sa_id {
    type: string
    description: "Streaming Availability's id; null without a match."
    sql: ${TABLE}.sa_id ;;
  }

  dimension: watchmode_id {
    type: number
    description: "Watchmode's id; null without a match."
    sql: ${TABLE}.watchmode_id ;;
  }

  dimension: imdb_id {
    type: string
    description: "IMDb id (tt…), from the first source that knows it: app, TMDB, TVmaze, Streaming Availability, Watchmode."
    sql: ${TABLE}.imdb_id ;;
  }

  dimension: tvdb_id {
    type: number
    description: "TheTVDB id of a series, from the first of app, TMDB and TVmaze that knows it."
    sql: ${TABLE}.tvdb_id ;;
  }

  dimension: title_type {
    type: string
    description: "Film or series, by the first source that has the title."
    sql: ${TABLE}.title_type ;;
  }

  dimension: tmdb_title_type {
    type: string
    description: "What tmdb_id is an id of: film or series. Another type than title_type only if the sources disagree; null without tmdb_id."
    sql: ${TABLE}.tmdb_title_type ;;
  }

  dimension: title_name {
    type: string
    description: "Name of the title, from the first source that has it."
    sql: ${TABLE}.title_name ;;
  }

  dimension: original_title_name {
    type: string
    description: "Name in the original language, from the first of app, TMDB and Watchmode that knows it."
    sql: ${TABLE}.original_title_name ;;
  }

  dimension: original_language {
    type: string
    description: "Original language (ISO 639-1): TMDB's, else Watchmode's."
    sql: ${TABLE}.original_language ;;
  }

  dimension: genre_names {
    type: string
    description: "Genres that any source gives, in alphabetical order, separated by commas."
    sql: ${TABLE}.genre_names ;;
  }

  dimension: maturity_rating {
    type: string
    description: "Maturity rating the app shows to viewers."
    sql: ${TABLE}.maturity_rating ;;
  }

  dimension: release_status {
    type: string
    description: "Production status, in the words of TMDB, else of TVmaze."
    sql: ${TABLE}.release_status ;;
  }

  dimension: tmdb_match_method {
    type: string
    description: "For TMDB: Which id ties the source's record to the title: tmdb_id, imdb_id or tvdb_id, the first that agrees. Null for the record that names the title, and without a record."
    sql: ${TABLE}.tmdb_match_method ;;
  }

  dimension: tmdb_match_confidence {
    type: string
    description: "For TMDB: How sure the match is. high: nothing disagrees, and a second id, or name and year, agree too. medium: nothing disagrees, and only one id agrees. low: another id, the type or the year disagrees. Null where match_method is null."
    sql: ${TABLE}.tmdb_match_confidence ;;
  }

  dimension: tvmaze_match_method {
    type: string
    description: "For TVmaze: Which id ties the source's record to the title: tmdb_id, imdb_id or tvdb_id, the first that agrees. Null for the record that names the title, and without a record."
    sql: ${TABLE}.tvmaze_match_method ;;
  }

  dimension: tvmaze_match_confidence {
    type: string
    description: "For TVmaze: How sure the match is. high: nothing disagrees, and a second id, or name and year, agree too. medium: nothing disagrees, and only one id agrees. low: another id, the type or the year disagrees. Null where match_method is null."
    sql: ${TABLE}.tvmaze_match_confidence ;;
  }

  dimension: sa_match_method {
    type: string
    description: "For Streaming Availability: Which id ties the source's record to the title: tmdb_id, imdb_id or tvdb_id, the first that agrees. Null for the record that names the title, and without a record."
    sql: ${TABLE}.sa_match_method ;;
  }

  dimension: sa_match_confidence {
    type: string
    description: "For Streaming Availability: How sure the match is. high: nothing disagrees, and a second id, or name and year, agree too. medium: nothing disagrees, and only one id agrees. low: another id, the type or the year disagrees. Null where match_method is null."
    sql: ${TABLE}.sa_match_confidence ;;
  }

  dimension: watchmode_match_method {
    type: string
    description: "For Watchmode: Which id ties the source's record to the title: tmdb_id, imdb_id or tvdb_id, the first that agrees. Null for the record that names the title, and without a record."
    sql: ${TABLE}.watchmode_match_method ;;
  }

  dimension: watchmode_match_confidence {
    type: string
    description: "For Watchmode: How sure the match is. high: nothing disagrees, and a second id, or name and year, agree too. medium: nothing disagrees, and only one id agrees. low: another id, the type or the year disagrees. Null where match_method is null."
    sql: ${TABLE}.watchmode_match_confidence ;;
  }

  dimension: source_count {
    type: number
    description: "Number of sources that have the title."
    sql: ${TABLE}.source_count ;;
  }

  dimension: release_year {
    type: number
    description: "Year of first release, from the first of app, TMDB, TVmaze and Watchmode that knows it."
    sql: ${TABLE}.release_year ;;
  }

  dimension: runtime_minutes {
    type: number
    description: "Running time in minutes, of a usual episode for a series: the app's, else TMDB's, TVmaze's or Watchmode's."
    sql: ${TABLE}.runtime_minutes ;;
  }

  dimension: season_count {
    type: number
    description: "Number of seasons, from TMDB; null for a film."
    sql: ${TABLE}.season_count ;;
  }

  dimension: episode_count {
    type: number
    description: "Number of episodes, from TMDB; null for a film."
    sql: ${TABLE}.episode_count ;;
  }

  dimension: tmdb_popularity {
    type: number
    description: "TMDB's popularity score when it was last read; has no unit."
    sql: ${TABLE}.tmdb_popularity ;;
  }

  dimension: tmdb_vote_average {
    type: number
    description: "Mean vote of TMDB users, 0 to 10; null without votes."
    sql: ${TABLE}.tmdb_vote_average ;;
  }

  dimension: tmdb_vote_count {
    type: number
    description: "Number of votes of TMDB users."
    sql: ${TABLE}.tmdb_vote_count ;;
  }

  dimension: tvmaze_rating_average {
    type: number
    description: "Mean rating of TVmaze users, 0 to 10."
    sql: ${TABLE}.tvmaze_rating_average ;;
  }

  dimension: is_in_catalogue {
    type: yesno
    description: "Whether viewers of the service can watch the title."
    sql: ${TABLE}.is_in_catalogue ;;
  }

  dimension_group: released_on {
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
    description: "Day of first release, or of the first episode: TMDB's, else TVmaze's or Watchmode's."
    sql: ${TABLE}.released_on ;;
  }

  dimension_group: added_to_catalogue_on {
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
    description: "Day the title entered the service's catalogue."
    sql: ${TABLE}.added_to_catalogue_on ;;
  }

  dimension_group: removed_from_catalogue_on {
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
    description: "Day the title left the service's catalogue; null while it is there."
    sql: ${TABLE}.removed_from_catalogue_on ;;
  }

  dimension_group: licence_expires_on {
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
    description: "Last day of the service's licence; null when none is agreed, or when what is written there is no date."
    sql: ${TABLE}.licence_expires_on ;;
  }
}
