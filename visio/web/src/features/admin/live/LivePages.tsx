import { Route, Routes } from "react-router";
import { LiveMeetings } from "./LiveMeetings";
import { OneMeeting } from "./OneMeeting";

export default function LivePages() {
  return (
    <Routes>
      <Route path="/" element={<LiveMeetings />} />
      <Route path=":sid" element={<OneMeeting />} />
    </Routes>
  );
}
