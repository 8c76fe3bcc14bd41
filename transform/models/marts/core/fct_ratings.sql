with ratings as (

    select * from {{ ref('int_ratings_classified') }}
    where rejection_reason is null and not is_erased

),

final as (

    select
        profile_id || '|' || title_key as rating_key,
        profile_id,
        user_id,
        title_key,
        stars,
        has_comment,
        created_at < rated_at as is_changed,
        rated_at::date as rated_on,
        rated_at
    from ratings

)

select * from final
