import { Route, Routes } from "react-router";
import { OnePerson } from "./OnePerson";
import { PeopleList } from "./PeopleList";
import "./people.css";

export default function PeoplePages() {
  return (
    <Routes>
      <Route path="/" element={<PeopleList />} />
      <Route path=":id" element={<OnePerson />} />
    </Routes>
  );
}
