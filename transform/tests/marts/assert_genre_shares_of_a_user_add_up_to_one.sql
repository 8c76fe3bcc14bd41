select
    user_id,
    sum(user_share) as user_share,
    sum(audience_share) as audience_share
from {{ ref('user_genre_affinity') }}
group by user_id
having abs(sum(user_share) - 1) > 0.0001 or abs(sum(audience_share) - 1) > 0.0001
