import { Loading } from "../design/Loading";

/** While the code of a page comes. */
export function Waiting() {
  return (
    <main className="page-main">
      <Loading />
    </main>
  );
}
