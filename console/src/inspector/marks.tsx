import type { Item } from '../grid/item';
import type { Actions } from '../library/actions';
import { TagChips } from '../library/tag_chips';
import { TagForm } from '../library/tag_form';
import { StarIcon, StarOutlineIcon } from '../ui/icons';

interface MarksProps {
  item: Item;
  actions: Actions;
}

/** What its owner has said of it: favourite, rating, tags. */
export function Marks({ item, actions }: MarksProps) {
  const favorite = item.generation?.favorite === true;
  return (
    <section className="marks" aria-label="Marks">
      <div className="marks-line">
        <button
          type="button"
          className={favorite ? 'facet active' : 'facet'}
          aria-pressed={favorite}
          title="f"
          onClick={() => actions.favorite([item])}
        >
          {favorite ? <StarIcon /> : <StarOutlineIcon />}Favourite
        </button>
        <Rating rating={item.generation?.rating ?? null} onRate={(rating) => actions.rate([item], rating)} />
      </div>
      <TagForm
        className="tags"
        label="Add a tag"
        before={
          <TagChips
            tags={item.generation?.tags ?? []}
            label="Tags"
            onRemove={(tag) => actions.removeTag([item], tag)}
          />
        }
        onAdd={(tag) => actions.addTag([item], tag)}
      />
    </section>
  );
}

function Rating({ rating, onRate }: { rating: number | null; onRate: (rating: number | null) => void }) {
  return (
    <div className="rating" role="group" aria-label={rating === null ? 'Not rated' : `Rated ${rating} of 5`}>
      {[1, 2, 3, 4, 5].map((value) => (
        <button
          key={value}
          type="button"
          className={rating !== null && value <= rating ? 'point on' : 'point'}
          aria-pressed={rating === value}
          aria-label={rating === value ? 'Take the rating back' : `Rate ${value} of 5`}
          title={String(value)}
          onClick={() => onRate(rating === value ? null : value)}
        />
      ))}
    </div>
  );
}
