/// Parses width and height of pictures: "640x480".
module MtrlFunctional.Cli.Show.PictureSize

open System
open MtrlFunctional

let private minimum, maximum = 16, 4096

let private invalid option (word: string) =
    refuse
        $"{option} {word}: must be WIDTHxHEIGHT in pixels, each from {minimum} to {maximum}, e.g. 640x480."

/// Largest width and height of all tiles together, pixels.
let private maximumTogether = 8192

/// Raises MtrlException where the picture of all tiles would be too large.
let checkTogether option tiles columns (width, height) =
    let rows = (tiles + columns - 1) / columns
    let width, height = columns * width, rows * height

    if max width height > maximumTogether then
        refuse
            $"{option}: {tiles} tiles make a picture of {width}x{height} pixels; must be at most {maximumTogether} per side."

/// Raises MtrlException where the text is not a size.
let parse option (word: string) =
    match word.ToLowerInvariant().Split 'x' |> Array.map Int32.TryParse with
    | [| (true, width); (true, height) |] when
        minimum <= min width height && max width height <= maximum
        ->
        width, height
    | _ -> invalid option word
