/// Width and height of pictures as words: "640x480".
module Mtrl.Cli.Show.PictureSize

open System
open MtrlFunctional

let private least, most = 16, 4096

let private wrong option (word: string) =
    raise (
        MtrlException
            $"{option} {word}: must be WIDTHxHEIGHT in pixels, each from {least} to {most}, e.g. 640x480."
    )

/// Pixels a side of all tiles together.
let private mostTogether = 8192

/// Raises MtrlException where so many tiles, in so many columns, would be too large a picture.
let checkTogether option tiles columns (width, height) =
    let rows = (tiles + columns - 1) / columns
    let width, height = columns * width, rows * height

    if max width height > mostTogether then
        raise (
            MtrlException
                $"{option}: {tiles} tiles make a picture of {width}x{height} pixels; must be {mostTogether} a side at most."
        )

/// Raises MtrlException where the word is no size.
let parse option (word: string) =
    match word.ToLowerInvariant().Split 'x' |> Array.map Int32.TryParse with
    | [| (true, width); (true, height) |] when least <= min width height && max width height <= most ->
        width, height
    | _ -> wrong option word
