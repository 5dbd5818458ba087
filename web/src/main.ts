import { mount } from "svelte";
import App from "./App.svelte";
import { open } from "./feed/feed.js";
import "./theme/light.css";
import "./theme/dark.css";
import "./theme/sunlight.css";
import "./theme/base.css";

const target = document.createElement("div");
target.id = "app";
document.body.append(target);
mount(App, { target });
open();
