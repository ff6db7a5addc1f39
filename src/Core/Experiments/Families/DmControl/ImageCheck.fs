/// What must hold for observations of images.
module internal MtrlFunctional.Experiments.ImageCheck

open MtrlFunctional.Experiments.Requirement

/// Rows, and pixels of a row, that networks read.
let private side = 84

/// The encoder of images, and the encoders that can stand behind it.
let private encoders = [
    EncoderKind.Pixel
    EncoderKind.FeedForward
    EncoderKind.Film
    EncoderKind.MixtureOfExperts
]

/// All that is wrong.
let conflicts (e: Experiment) =
    let keys = e.Environment.DmControl

    let hasConvolutions = e.Agent.Encoder.Pixel.NumLayers > 0

    List.concat [
        unless
            (List.contains e.Agent.Encoder.Kind encoders)
            "agent.encoder.type_to_select"
            (Value.Text(Choices.nameOf Encoder.kinds e.Agent.Encoder.Kind))
            $"pixel, or feedforward, film or moe behind it, with {DmControlKeys.fromPixels}=True"
            "Images pass convolutions first."

        unless
            (not e.Choices.Agent.State || Choices.isOnPolicy e.Choices || hasConvolutions)
            "agent"
            (Value.Text e.Choices.Agent.Name)
            "one with convolutions for images, such as agent=sac"
            $"To train from states: {DmControlKeys.fromPixels}=False"

        unless
            (Choices.isOnPolicy e.Choices
             || not hasConvolutions
             || e.Agent.Encoder.Pixel.NumFilters > 0)
            "agent.encoder.pixel.num_filters"
            (whole e.Agent.Encoder.Pixel.NumFilters)
            "at least 1"
            "Without filters nothing of an image reaches the encoding."

        for key, size in
            [
                DmControlKeys.height, keys.Images.Height
                DmControlKeys.width, keys.Images.Width
            ] do
            unless
                (size = side)
                key
                (whole size)
                $"{side}"
                $"Encoders read images of {side} × {side} pixels."

        unless
            (not keys.VisualizeReward)
            DmControlKeys.visualizeReward
            (Value.Bool true)
            $"false with {DmControlKeys.fromPixels}=True"
            "Colours that show the reward would be part of the observation."

        unless
            (not keys.IsSticky)
            DmControlKeys.sticky
            (Value.Bool true)
            $"false with {DmControlKeys.fromPixels}=True"
            "Sticky observations are available for states only."

        unless
            (not (Choices.isOnPolicy e.Choices))
            DmControlKeys.fromPixels
            (Value.Bool true)
            $"false with agent={e.Choices.Agent.Name}"
            "Agents that learn from replay read images, such as agent=sac."
    ]
