/// Conflicts of task gradients as text and as files: a table, and a heat map for each part of the
/// network.
module MtrlFunctional.Cli.Reports.ConflictPages

open MtrlFunctional.Cli.Figures
open MtrlFunctional.Statistics

/// The page with the tables of all parts.
let main = "conflicts.md"

let private picture part = $"conflicts-{part}.svg"

/// The `number` pairs of a part with the lowest cosines, for the terminal and in Markdown.
let private tables number tasks (part, records) =
    let summary = Conflicts.summary tasks records
    ConflictTable.text number summary, ConflictTable.markdown number (picture part) summary

let private map tasks (part, records) =
    picture part, ConflictFigure.svg $"Cosines of the task gradients: {part}" tasks records

/// The text for the terminal, and names and texts of the files, `main` last.
let pages number (tasks: string list) records =
    let parts = [
        for part in Conflicts.parts records ->
            part, records |> List.filter (fun record -> record.Part = part)
    ]

    let texts, sections = parts |> List.map (tables number tasks) |> List.unzip

    let page = "# Conflicts of the task gradients\n\n" + String.concat "\n" sections

    String.concat "\n" texts, List.map (map tasks) parts @ [ main, page ]
