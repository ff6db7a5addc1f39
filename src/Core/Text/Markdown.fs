/// Texts from configurations and logs in pages of Markdown.
module internal MtrlFunctional.Markdown

open System

/// The text as it is, in any place of a page: no markup, no table cell, no HTML begins in it.
let escape (text: string) =
    let escaped =
        text
        |> String.collect (function
            | '&' -> "&amp;"
            | '<' -> "&lt;"
            | '>' -> "&gt;"
            | '\\'
            | '`'
            | '*'
            | '|' as mark -> $"\\{mark}"
            | c when Char.IsControl c -> " "
            | c -> string c)

    // The end of a link's text; intervals in brackets stay as they are.
    [ "]("; "]["; "]:" ]
    |> List.fold (fun (line: string) link -> line.Replace(link, "\\" + link)) escaped

/// A line of a table.
let line (cells: string list) =
    "| " + String.concat " | " (List.map escape cells) + " |"
