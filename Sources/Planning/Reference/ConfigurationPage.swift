// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The page of every key of stagecraft.yml, made from the schema that the reader checks with. A pure
// function of it.

/// docs/reference/configuration.md.
package enum ConfigurationPage {
  /// One line of a table.
  private struct Row {
    let path: String
    let field: Schema.Field
    let isLater: Bool
  }

  /// The text of the page.
  package static var text: String {
    var text = """
      # Configuration

      <!-- Written by `make docs` from the program; changes belong into the sources. -->

      Every key of `stagecraft.yml`, each from its section down. `NAME` stands for a name of your own; a key
      in bold must be there. `stagecraft schema` prints the same for editors. At the top, `x-…` is a place
      for YAML anchors.

      | value | how it is written |
      |---|---|
      | name | letters, digits, `.`, `_` and `-`, beginning with a letter or digit |
      | path | from the folder of `stagecraft.yml`, which it does not leave |
      | glob | `*`, `**`, `?`, `[abc]`, `{a,b}`; a folder stands for all that is in it |
      | duration | `500ms`, `90s`, `5m`, `1h30m`; never a number alone |
      | size | `500MB` (powers of 1000), `2GiB` (powers of 1024) |
      | ssh destination | `web-1`, `deploy@10.0.0.5`: what `ssh` knows |
      | variable | letters, digits and `_`, not beginning with a digit |


      """
    let now = ProjectSchema.file.filter { $0.arrivesWith == nil }
    text += "| section | what it says |\n|---|---|\n"
    for field in now { text += "| [`\(field.name)`](#\(field.name)) | \(field.about) |\n" }
    text +=
      "| [others](#sections-without-effect-yet) | checked to the last key, without effect yet |\n"
    for field in now { text += section(field) }
    text += """

      ## Sections without effect yet

      They are checked and kept as read; using one gives a warning that names the command it arrives with.

      | section | what it says | arrives with |
      |---|---|---|

      """
    for field in ProjectSchema.kept {
      text +=
        "| [`\(field.name)`](#\(field.name)) | \(field.about) | `\(field.arrivesWith ?? "")` |\n"
    }
    for field in ProjectSchema.kept { text += section(field) }
    return text
  }

  private static func section(_ field: Schema.Field) -> String {
    var text = "\n## \(field.name)\n\n\(sentence(field.about))"
    if field.isRequired { text += " Must be there." }
    text += "\n"
    if let example = field.example { text += "\n```yaml\n\(example)\n```\n" }
    let rows = rows(of: field.schema, at: "", isLater: field.arrivesWith != nil)
    if rows.isEmpty {
      text += "\nValue: \(SchemaWords.kind(field.schema)).\n"
    } else {
      text += "\n| key | value | default | meaning | example |\n|---|---|---|---|---|\n"
      for row in rows { text += line(row) }
    }
    return text
  }

  private static func line(_ row: Row) -> String {
    let field = row.field
    let key = field.isRequired ? "**`\(row.path)`**" : "`\(row.path)`"
    let later = row.isLater ? nil : field.arrivesWith
    let cells = [
      key, SchemaWords.kind(field.schema), field.fallback.map { "`\($0)`" } ?? "",
      field.about + (later.map { "; no effect yet, it arrives with `\($0)`" } ?? ""),
      SchemaWords.example(field).map { "`\($0)`" } ?? "",
    ]
    return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
  }

  /// Every key below a schema, with the way to it.
  private static func rows(of schema: Schema, at path: String, isLater: Bool) -> [Row] {
    switch schema {
    case .record(let fields, let others, _, _):
      return fields.flatMap { field in
        [Row(path: below(path, field.name), field: field, isLater: isLater)]
          + rows(
            of: field.schema, at: below(path, field.name),
            isLater: isLater || field.arrivesWith != nil)
      } + (others.map { rows(of: $0, at: below(path, "SERVICE"), isLater: isLater) } ?? [])
    case .providers(let providers, let beside):
      let choice: [Schema.Field] = [
        .required("provider", .oneOf(providers.map(\.name)), "which of the providers is used"),
        .required(
          "providers", .record(providers), "settings of providers; the one used must be there"),
      ]
      return rows(of: .record(choice + beside), at: path, isLater: isLater)
    case .keyed(let key, let value):
      return rows(of: value, at: below(path, SchemaWords.key(key)), isLater: isLater)
    case .list(let element), .set(let element, _):
      return rows(of: element, at: "\(path)[]", isLater: isLater)
    case .apart(let inner): return rows(of: inner, at: path, isLater: isLater)
    case .choice(let forms): return forms.flatMap { rows(of: $0, at: path, isLater: isLater) }
    default: return []
    }
  }

  private static func below(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  private static func sentence(_ text: String) -> String {
    let isName = text.hasPrefix("`")
    return (isName ? text.prefix(1) + "" : text.prefix(1).uppercased() + "") + text.dropFirst()
      + "."
  }
}
