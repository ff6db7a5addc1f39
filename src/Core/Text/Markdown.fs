/// Texts from configurations and logs in pages of Markdown.
module internal MtrlFunctional.Markdown

open System

/// The text as it is, in any place of a page: no markup, no table cell, no HTML begins in it.
let escape (text: string) =
    /// Emphasis begins and ends at the edge of a word.
    let isInWord i =
        0 < i
        && i < text.Length - 1
        && Char.IsLetterOrDigit text[i - 1]
        && Char.IsLetterOrDigit text[i + 1]

    let escaped =
        text
        |> Seq.mapi (fun i c ->
            match c with
            | '&' -> "&amp;"
            | '<' -> "&lt;"
            | '>' -> "&gt;"
            | '_' when isInWord i -> "_"
            | '\\'
            | '`'
            | '*'
            | '_'
            | '~'
            | '|' -> $"\\{c}"
            | c when Char.IsControl c -> " "
            | c -> string c)
        |> String.concat ""

    // The end of a link's text; intervals in brackets stay as they are.
    [ "]("; "]["; "]:" ]
    |> List.fold (fun (line: string) link -> line.Replace(link, "\\" + link)) escaped

/// A line of a table.
let line (cells: string list) =
    "| " + String.concat " | " (List.map escape cells) + " |"
