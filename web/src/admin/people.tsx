/** Everybody with an account on this server. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { LoadState } from "@/ui/load-state";
import { Rows, Section } from "@/ui/page";
import type { User } from "@/wire/types";
import { PersonRow } from "./person-row";
import { peopleQuery } from "./requests";

export function People({ me }: { me: User }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const people = useInfiniteQuery(peopleQuery);
  return (
    <Section title={t(($) => $.admin.people)}>
      <LoadState query={people} words={words}>
        {({ pages }) => (
          <Rows label={t(($) => $.admin.people)}>
            {pages
              .flatMap((page) => page.items)
              .map((person) => (
                <PersonRow key={person.id} person={person} isMe={person.id === me.id} />
              ))}
          </Rows>
        )}
      </LoadState>
      {people.hasNextPage && (
        <Button className="mt-4" busy={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
          {t(($) => $.admin.showMore)}
        </Button>
      )}
    </Section>
  );
}
