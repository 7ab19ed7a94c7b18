/** Shows what is loaded; until then a spinner, or what went wrong with a button to try again. */
import type { ReactNode } from "react";
import { Button } from "./button";
import { Notice } from "./notice";
import { Spinner } from "./spinner";

/** What is said while nothing is there yet. */
export interface LoadWords {
  loading: string;
  retry: string;
  failure: (error: Error) => string;
}

interface LoadStateProps<Data> {
  /** As a query of TanStack gives it. */
  query: { data: Data | undefined; error: Error | null; isFetching: boolean; refetch: () => unknown };
  words: LoadWords;
  children: (data: Data) => ReactNode;
}

/** Old data stays visible when a later refresh fails. */
export function LoadState<Data>({ query, words, children }: LoadStateProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) {
    return (
      <div className="flex justify-center py-8 text-soft">
        <Spinner label={words.loading} size={20} />
      </div>
    );
  }
  return (
    <Notice tone="danger">
      <p>{words.failure(query.error)}</p>
      <Button className="mt-3" busy={query.isFetching} onClick={() => query.refetch()}>
        {words.retry}
      </Button>
    </Notice>
  );
}
