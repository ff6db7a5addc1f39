/// A picture in the cells of a terminal: the upper half of a cell is one pixel, the lower another.
module Mtrl.Cli.Show.TerminalPicture

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Rendering

let private halfBlock = "▀"

/// Fewer colours make longer runs of one colour, which a slow line carries faster.
let private coarse (channel: byte) = channel &&& 0xF0uy ||| 0x08uy

/// As wide as the frame has pixels, half as high.
let ofFrame (frame: Frame) : IRenderable =
    let colour x y =
        let at = 3 * (y * frame.Width + x)

        Nullable(
            Color(coarse frame.Pixels[at], coarse frame.Pixels[at + 1], coarse frame.Pixels[at + 2])
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
