#!/bin/sh
# Makes the films beside this file with Debian's ffmpeg (5.1, libx264): `sh make.sh`.
#
# Frame N of each is grey, 40 + 6 N of 255 in luma, but for a white quarter in its upper left and a red one in its lower right, so that a test can
# tell which frame it sees, which way up, and in which colours.
set -eu
cd "$(dirname "$0")"

picture="color=c=gray:s=96x64:r=10:d=3,format=yuv420p,geq=\
lum='if(lt(X,W/2)*lt(Y,H/2),235,if(gte(X,W/2)*gte(Y,H/2),81,40+6*N))':\
cb='if(gte(X,W/2)*gte(Y,H/2),90,128)':\
cr='if(gte(X,W/2)*gte(Y,H/2),240,128)'"

film() {
    name=$1
    shift
    ffmpeg -v error -y -f lavfi -i "$picture" -f lavfi -i anullsrc=r=8000:cl=mono -t 3 -c:a aac -b:a 8k -flags:a +bitexact \
        -map_metadata -1 -fflags +bitexact -flags:v +bitexact -c:v libx264 -crf 20 \
        -color_range tv -colorspace smpte170m -threads 1 "$@" "$name"
}

# As people have them: frames that follow from earlier and later ones, a whole one now and then.
film usual.mp4 -profile:v high -g 12 -keyint_min 12 -sc_threshold 0 -bf 3 -x264-params b-pyramid=normal
# Whole frames that others before them lean on as well.
film open.mp4 -profile:v main -g 12 -keyint_min 12 -sc_threshold 0 -bf 3 -x264-params open-gop=1:b-adapt=0
# As a camera writes it whose holder turned it.
film plain.mov -profile:v baseline -g 10
ffmpeg -v error -y -i plain.mov -c copy -fflags +bitexact -metadata:s:v:0 rotate=90 turned.mov
rm plain.mov
# In pieces, as they are recorded by browsers and sent over the network.
film pieces.mp4 -profile:v high -g 10 -bf 2 -movflags frag_keyframe+empty_moov+default_base_moof
# Two fields a frame.
film fields.mp4 -profile:v high -g 10 -bf 2 -flags:v +bitexact+ilme+ildct -x264-params tff=1
# Ten bits, which are drawn, and colours for each pixel, which are not.
film ten-bits.mp4 -vf format=yuv422p10le -profile:v high422 -g 10 -bf 2
film each-pixel.mp4 -vf format=yuv444p -profile:v high444 -g 30 -t 0.5
ls -l
