import { useEffect, useReducer } from "preact/hooks";
import type { PageState, Store } from "./store.ts";

/** The page's state; a component that uses it is drawn anew when it changes. */
export function useStore(store: Store): PageState {
  const [, draw] = useReducer<number, null>((count) => count + 1, 0);
  useEffect(() => {
    draw(null);
    return store.subscribe(() => {
      draw(null);
    });
  }, [store]);
  return store.state;
}
