/// Validates the paths of pictures and videos before any work is done.
module MtrlFunctional.Cli.Show.OutputFiles

open System
open MtrlFunctional
open MtrlFunctional.Rendering
open MtrlFunctional.Cli

/// A video: .mp4 or .gif, in an existing folder.
let video option (file: string) =
    let file = Command.checkedFile option file
    VideoFile.Check file
    file

/// A picture: .png, in an existing folder.
let picture option (file: string) =
    let file = Command.checkedFile option file

    if not (file.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) then
        refuse $"{option} {file}: the name of a picture ends in .png."

    file
