// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Opens pages in a real Chromium: they draw, find, open details by mouse and keyboard, follow the colour
// scheme, say nothing on the console and ask for nothing. Screenshots are kept for people to look at.

import Foundation
import Testing

@testable import TaskGraph

@Suite(.serialized, .enabled(if: Browser.isInstalled))
struct PageInBrowserTests {
  private enum Key {
    static let enter = "\u{E007}"
    static let escape = "\u{E00C}"
    static let down = "\u{E015}"
    static let right = "\u{E014}"
    static let tab = "\u{E004}"
  }

  private static let mixed = PictureSamples.deploy(hosts: 3, services: 3) { id in
    id.contains("s1") ? .run : id.contains("receipt") ? .maybe : .hit
  }

  private func open(
    _ plan: [PlanEntry], width: Int = 1440, height: Int = 900, isDark: Bool = false
  ) throws -> Browser {
    let browser = try Browser(width: width, height: height, isDark: isDark)
    try browser.open(HTMLPage.render(Picture(plan, goal: "deploy", environment: "prod")))
    return browser
  }

  /// Ends each test: a page that works says nothing and asks for nothing but itself.
  private func checkSilence(_ browser: Browser) throws {
    #expect(try browser.console() == [])
    let asked = try browser.requests()
    #expect(asked.count == 1)
    #expect(asked.allSatisfy { $0.hasPrefix("file:///") && $0.hasSuffix("/page.html") })
  }

  /// What an element says, with single spaces.
  private func words(_ id: String, _ browser: Browser) throws -> String {
    try browser.text(
      "(document.getElementById('\(id)')?.innerText ?? '').replace(/\\s+/g, ' ').trim()")
  }

  private func count(_ selector: String, _ browser: Browser) throws -> Int {
    Int(try browser.text("document.querySelectorAll('\(selector)').length")) ?? -1
  }

  private func attribute(_ name: String, of id: String, _ browser: Browser) throws -> String {
    try browser.text("document.getElementById('\(id)').\(name)")
  }

  private static let pixels = """
    (() => { const c = document.getElementById("canvas"); const p = c.getContext("2d")
      .getImageData(0, 0, c.width, c.height).data; const seen = new Set();
      for (let i = 0; i < p.length; i += 4 * 7) seen.add(p[i] << 16 | p[i+1] << 8 | p[i+2]);
      return seen.size; })()
    """

  @Test func `a plan says at a glance what runs, what is true already, and why`() throws {
    let browser = try open(Self.mixed)
    #expect(try words("goal", browser) == "Plan of deploy to prod")
    let summary = try words("summary", browser)
    #expect(summary.hasPrefix("12 of 40 tasks would run · 3 more may run"))
    let chips = try words("chips", browser)
    #expect(chips == "12 to run 3 may run 25 up to date 9 look only")
    #expect(try words("causes", browser).contains("never ran here"))
    #expect(try count("#hosts .row", browser) == 4)
    // The legend has a shape and a word for each status that occurs, and for the critical path.
    #expect(try count("#legend svg", browser) == 4)
    let legend = try words("legend", browser)
    #expect(legend == "to run may run up to date looks critical path")
    #expect(Int(try browser.text(Self.pixels)) ?? 0 > 20)
    try browser.keepScreenshot("plan-light")
    try checkSilence(browser)
  }

  @Test func `search finds tasks, and the keyboard walks through them`() throws {
    let browser = try open(Self.mixed)
    try browser.press("/")
    #expect(try browser.text("document.activeElement.id") == "search")
    try browser.type("web-1 healthy")
    #expect(try words("found", browser) == "3 of 49 tasks · show all")
    try browser.press(Key.enter)
    let title = "document.getElementById('title')?.textContent"
    #expect(try browser.text(title) == "host/web-1/rollout/s0/healthy")
    try browser.press(Key.enter)
    #expect(try browser.text(title) == "host/web-1/rollout/s1/healthy")
    let reason = try browser.text("document.querySelector('#details .reason').textContent")
    #expect(reason == "never ran here")
    let waits = try browser.text(
      "[...document.querySelectorAll('#details .tasks button')].map(b => b.textContent).join()")
    #expect(waits == "host/web-1/rollout/s1/start,host/web-1/receipt")
    try browser.keepScreenshot("plan-search")
    // A neighbour opens by a click, Escape closes, and the filter goes.
    try browser.run("document.querySelector('#details .tasks button').click()")
    #expect(try browser.text(title) == "host/web-1/rollout/s1/start")
    try browser.press(Key.escape, Key.escape)
    #expect(try attribute("hidden", of: "details", browser) == "true")
    #expect(try words("found", browser) == "49 tasks")
    try checkSilence(browser)
  }

  @Test func `arrow keys follow arrows, and help lists the keys`() throws {
    let browser = try open(Self.mixed)
    try browser.run("document.getElementById('canvas').focus()")
    let title = "document.getElementById('title')?.textContent"
    let goesDown = try attribute(#"textContent.includes('"down":true')"#, of: "data", browser)
    let key = goesDown == "true" ? Key.down : Key.right
    try browser.press(key)
    #expect(try browser.text(title) == "compose/config")
    try browser.press(key)
    #expect(try browser.text(title).hasSuffix("/context"))
    try browser.press(key)
    #expect(try browser.text(title).hasSuffix("/build"))
    #expect(try words("spoken", browser).contains("/build, "))
    try browser.press(Key.enter)
    #expect(try browser.text("document.activeElement.id") == "title")
    try browser.press(Key.escape, "?")
    #expect(try attribute("open", of: "keys", browser) == "true")
    try browser.press(Key.escape)
    #expect(try attribute("open", of: "keys", browser) == "false")
    try checkSilence(browser)
  }

  @Test func `everything that can be pressed has a name and is reached with Tab`() throws {
    let browser = try open(Self.mixed)
    let nameless = try browser.text(
      """
      [...document.querySelectorAll("button, input, select, canvas[tabindex], [role=listbox]")]
        .filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
        .map(e => e.id).join()
      """)
    #expect(nameless == "")
    var reached: Set<String> = []
    for _ in 0..<24 {
      try browser.press(Key.tab)
      reached.insert(try browser.text("document.activeElement.id"))
    }
    let wanted: Set = ["search", "path", "theme", "help", "list", "canvas", "zoom-fit"]
    #expect(reached.isSuperset(of: wanted))
    // The list is one stop, in which arrow keys walk.
    try browser.run("document.getElementById('list').focus()")
    try browser.press(Key.down, Key.down)
    let second = try browser.text("document.querySelectorAll('#list .task')[1].id")
    #expect(try attribute("ariaActiveDescendantElement.id", of: "list", browser) == second)
    try checkSilence(browser)
  }

  @Test func `a click on a task opens it, drag and wheel move and zoom`() throws {
    let plan = Samples.plan
    let browser = try open(plan)
    let center = try browser.run(
      """
      const box = document.getElementById('canvas').getBoundingClientRect();
      return [box.left, box.top, box.width, box.height];
      """)
    let box = try #require(center as? [Double]).map { Int($0) }
    // The picture stands in the middle: somewhere around it there is a task.
    var found = ""
    let (right, bottom) = (box[0] + box[2] - 80, box[1] + box[3] - 80)
    search: for y in stride(from: box[1] + box[3] / 2, to: bottom, by: 24) {
      for x in stride(from: box[0] + 60, to: right, by: 150) {
        try browser.click(x: x, y: y)
        found = try browser.text("document.getElementById('title')?.textContent ?? ''")
        if !found.isEmpty { break search }
      }
    }
    #expect(plan.contains { $0.id.text == found })
    try browser.press(Key.escape)
    let image = "document.getElementById('canvas').toDataURL()"
    let before = try browser.text(image)
    try browser.wheel(x: box[0] + 300, y: box[1] + 300, by: -300)
    let zoomed = try browser.text(image)
    #expect(zoomed != before)
    try browser.click(x: box[0] + 20, y: box[1] + 20, dragging: (120, 90))
    #expect(try browser.text(image) != zoomed)
    try checkSilence(browser)
  }

  @Test func `dark and light follow the system, and a switch turns them`() throws {
    let browser = try open(Self.mixed, isDark: true)
    let back = "getComputedStyle(document.body).backgroundColor"
    let dark = try browser.text(back)
    try browser.keepScreenshot("plan-dark")
    try browser.press("t")
    let light = try browser.text(back)
    #expect(dark == "rgb(18, 21, 26)")
    #expect(light == "rgb(246, 247, 249)")
    let corner = """
      [...document.getElementById("canvas").getContext("2d").getImageData(2, 2, 1, 1).data].join()
      """
    #expect(try browser.text(corner) == "246,247,249,255")
    try checkSilence(browser)
  }

  @Test func `a narrow window keeps the graph and shows details below it`() throws {
    let browser = try open(Self.mixed, width: 480, height: 800)
    #expect(try browser.text("document.documentElement.scrollWidth <= 480") == "true")
    try browser.press("n")
    #expect(try attribute("hidden", of: "details", browser) == "false")
    try browser.keepScreenshot("plan-narrow")
    try checkSilence(browser)
  }

  @Test func `two thousand tasks are drawn, found and zoomed`() throws {
    let plan = PictureSamples.deploy(hosts: 60, services: 10) { $0.contains("s3") ? .run : .hit }
    let browser = try open(plan)
    #expect(try count("#list .task", browser) == plan.count)
    try browser.keepScreenshot("plan-2000")
    try browser.press("/")
    try browser.type("web-59/receipt")
    try browser.press(Key.enter)
    #expect(try words("title", browser) == "host/web-59/receipt")
    try browser.keepScreenshot("plan-2000-near")
    try checkSilence(browser)
  }

  @Test func `hostile names are shown as text and run nothing`() throws {
    let browser = try open(PictureSamples.hostile)
    #expect(try count("#list .task", browser) == 4)
    try browser.press("n")
    #expect(try words("title", browser) == "</script><script>alert(1)</script>")
    #expect(try browser.text("document.scripts.length") == "2")
    try browser.keepScreenshot("plan-hostile")
    try checkSilence(browser)
  }

  @Test func `the report of a run has a timeline, the failure and its log`() throws {
    var tasks = Picture(Self.mixed, goal: "deploy", environment: "").tasks
    for position in tasks.indices {
      let start = tasks[position].before.compactMap { tasks[$0].span?.end }.max() ?? 0
      tasks[position].status = tasks[position].taskClass == "observe" ? .looked : .executed
      tasks[position].pool = "engine"
      tasks[position].reasonCode = "never_ran"
      tasks[position].reason = "never ran here"
      tasks[position].span = .init(
        start: start, end: start + 200_000_000 + Int64(position % 5) * 150_000_000)
    }
    tasks[20].status = .failed
    tasks[20].failure = .init(
      message: "the command ended with status 2", hint: nil, command: "make")
    tasks[20].log = "one\n</script><b>two</b>\n"
    tasks[30].status = .hit
    tasks[30].saved = .seconds(12)
    var report = Picture(.report, goal: "deploy", environment: "prod", tasks: tasks)
    report.outcome = "failed"
    report.run = "run-1"
    report.duration = .nanoseconds(tasks.compactMap { $0.span?.end }.max() ?? 0)
    let browser = try Browser()
    try browser.open(HTMLPage.render(report))
    #expect(try count("#times .bar", browser) == 49)
    let cards = try words("cards", browser)
    #expect(cards.contains(" s wall time "))
    #expect(cards.contains("1 cache hit "))
    #expect(cards.contains("12.0 s saved by hits") && cards.contains("1 failed"))
    try browser.keepScreenshot("report-timeline")
    try browser.run("document.querySelector('.notice button').click()")
    #expect(try words("log", browser) == "one </script><b>two</b>")
    try browser.press("2")
    #expect(try attribute("hidden", of: "stage", browser) == "false")
    try browser.keepScreenshot("report-graph")
    try browser.press("1")
    try browser.run(
      """
      const rows = document.querySelector('#timebar select');
      rows.value = 'pool';
      rows.dispatchEvent(new Event('change'));
      """)
    #expect(try count("#times .lane", browser) == 1)
    try checkSilence(browser)
  }
}
