"""Makes pictures full of metadata with Pillow, has them cleaned, and looks at the results with Pillow.

    python check_with_pillow.py FOLDER REDACT...

FOLDER is made anew; REDACT is a command that takes two folders. Says what survives, and whether pixels are the same.
"""

import io
import pathlib
import subprocess
import sys

from PIL import Image, ImageCms, PngImagePlugin

SECRET = "Johanna Doe-4711"


def picture():
    image = Image.effect_mandelbrot((96, 64), (-2, -1, 1, 1), 60).convert("RGB")
    return Image.merge("RGB", [image.getchannel(0), image.getchannel(1).rotate(180), image.getchannel(2)])


def exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = SECRET
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (59.0, 26.0, 13.0)
    return exif.tobytes()


def make(folder):
    image, profile = picture(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    image.save(folder / "plain.jpg", exif=exif(), icc_profile=profile, comment=SECRET, xmp=xmp)
    image.save(folder / "progressive.jpg", progressive=True, exif=exif(), quality=80)
    image.convert("CMYK").save(folder / "cmyk.jpg", exif=exif())
    image.save(folder / "plain.png", exif=exif(), icc_profile=profile, pnginfo=text)
    image.quantize(16).save(folder / "palette.png", pnginfo=text, transparency=3)
    image.save(folder / "plain.webp", exif=exif(), icc_profile=profile, xmp=xmp, lossless=True)
    frames = [image.rotate(90 * turn).convert("P") for turn in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:], loop=0, duration=80, comment=SECRET)
    frames = [image.rotate(90 * turn) for turn in range(3)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], loop=0, exif=exif(), xmp=xmp)
    frames[0].save(folder / "moving.png", save_all=True, append_images=frames[1:], pnginfo=text)
    for way in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        image.save(folder / f"{way}.tiff", compression=way, icc_profile=profile, artist=SECRET, description=SECRET)
    frames[0].save(folder / "pages.tiff", save_all=True, append_images=frames[1:], artist=SECRET, compression="tiff_lzw")
    for path in list(folder.iterdir()):
        path.write_bytes(path.read_bytes() + (b"" if path.suffix == ".tiff" else SECRET.encode()))


def frames_of(path):
    image = Image.open(path)
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append((image.mode, image.size, image.convert("RGBA").tobytes()))
    return frames


def main():
    folder = pathlib.Path(sys.argv[1])
    before, after = folder / "before", folder / "after"
    before.mkdir(parents=True)
    after.mkdir()
    make(before)
    subprocess.run([*sys.argv[2:], str(before), str(after)], check=True)
    wrong = 0
    for path in sorted(before.iterdir()):
        clean = after / path.name
        if not clean.exists():
            print("held back", path.name)
            wrong += 1
            continue
        left = [word for word in (SECRET.encode(), b"xmpmeta", b"LittleCMS", b"lcms") if word in clean.read_bytes()]
        info = Image.open(clean)
        tags = set(info.getexif()) - {0x0112} if path.suffix != ".tiff" else set()
        same = frames_of(path) == frames_of(clean)
        profile = info.info.get("icc_profile")
        if profile:
            ImageCms.profileToProfile(info.convert("RGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"))
        wrong += bool(left or tags or not same)
        print(path.name, "pixels the same" if same else "PIXELS DIFFER", "left:", left, tags, "orientation", info.getexif().get(0x0112))
    print(f"{wrong} wrong")
    sys.exit(bool(wrong))


main()
