-- adding-only
-- A seed is found where most apps keep it, too: with the parameters. Digits are their own tokens; a seed with letters is
-- found again when its row is next changed.
UPDATE {generations} SET
  search_text = trim(search_text || ' ' || (input_params ->> 'seed')),
  search = search || array_to_tsvector(array_remove(regexp_split_to_array(input_params ->> 'seed', '[^0-9]+'), ''))
WHERE jsonb_typeof(input_params -> 'seed') IN ('number', 'string') AND input_params ->> 'seed' ~ '^[-+.0-9]+$'
  AND strpos(' ' || search_text || ' ', ' ' || (input_params ->> 'seed') || ' ') = 0;
