import "@fontsource/opendyslexic/400.css";
import "@fontsource/opendyslexic/700.css";
