with

sources as (

    select * from {{ ref('int_source_lateness') }}

),

final as (

    select
        city_id,
        'late_source ' || source as check_name,
        -- Without its fleet a city gets no tasks; without the others they are only less good.
        case when is_fleet then 'error' else 'warning' end as severity,
        -- What was never loaded is as late as can be.
        case when coalesce(late_h > limit_h, true) then 1 else 0 end as failed_count,
        case
            when last_at is null then 'Never loaded'
            else
                'Nothing for ' || floor(late_h) || case source
                    when 'operational' then ' hours of service'
                    when 'planning' then ' h that could be taken'
                    else ' h'
                end
                || ', allowed ' || limit_h || ' h; last at '
                || to_char(last_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
        end as detail_en
    from sources

)

select * from final
