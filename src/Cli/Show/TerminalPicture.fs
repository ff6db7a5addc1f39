/// Draws a picture in a terminal, two pixels per cell: its upper and its lower half.
module MtrlFunctional.Cli.Show.TerminalPicture

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Rendering

let private halfBlock = "▀"

/// Reduces the number of colours: longer runs of one colour need fewer bytes.
let private coarse (channel: byte) = channel &&& 0xF0uy ||| 0x08uy

/// Whether a terminal has colours enough and a graphics library is available.
let isPossible (profile: Profile) =
    profile.Capabilities.ColorSystem >= ColorSystem.EightBit && Graphics.IsAvailable

/// A renderable with one column per pixel and one row per two pixels.
let ofFrame (frame: Frame) : IRenderable =
    let colour x y =
        let first = 3 * (y * frame.Width + x)

        Nullable(
            Color(
                coarse frame.Pixels[first],
                coarse frame.Pixels[first + 1],
                coarse frame.Pixels[first + 2]
            )
        )

    let cells = [
        for y in 0..2 .. frame.Height - 2 do
            for x in 0 .. frame.Width - 1 do
                Segment(halfBlock, Style(colour x y, colour x (y + 1)))

            Segment.LineBreak
    ]

    {
        new IRenderable with
            member _.Measure(_, _) = Measurement(frame.Width, frame.Width)
            member _.Render(_, _) = cells
    }
