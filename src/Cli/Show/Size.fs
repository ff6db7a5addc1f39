/// Width and height of pictures as words: "640x480".
module Mtrl.Cli.Show.Size

open System
open MtrlFunctional

let private least, most = 16, 4096

let private wrong option (word: string) =
    raise (
        MtrlException
            $"{option} {word}: must be WIDTHxHEIGHT in pixels, each from {least} to {most}, e.g. 640x480."
    )

/// Raises MtrlException where the word is no size.
let parse option (word: string) =
    match word.ToLowerInvariant().Split 'x' |> Array.map Int32.TryParse with
    | [| (true, width); (true, height) |] when least <= min width height && max width height <= most ->
        width, height
    | _ -> wrong option word
